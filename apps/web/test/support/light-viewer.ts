import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import https from 'node:https'
import { pipeline } from 'node:stream'
import { createGunzip, constants } from 'node:zlib'
import type { Heartbeat, LiveBatch, LiveEntry, StreamEnd } from '../../shared/protocol/sync'

/** A change as Electric writes it. */
interface Message { key?: string, value?: Record<string, string | null>, headers: { operation?: 'insert' | 'update' | 'delete', control?: string } }
type Row = Record<string, string | null>

export interface LightViewerOptions {
  origin: string
  cookie: string
  userId: string
  /** The company of the company's shapes among those that are watched. */
  company: string
  shapes: readonly string[]
  /** Called with each row that an insert or update brings over the stream, at the moment in which its line was read. */
  changed?: (shape: string, row: Row) => void
  /** Off, rows are not kept: thousands of viewers of one process would hold them all. */
  keeps?: boolean
  agent?: http.Agent
  /** What it takes compressed answers as; `gzip` where not said, as browsers do. */
  encoding?: 'gzip' | 'identity'
}

const OWN = new Set(['user', 'memberships'])
const PAUSE_MS = { first: 50, last: 2_000 }

/**
 * A browser without a browser: it follows shapes as the worker does (snapshots one after the other, then one stream) and
 * holds their rows. Thousands of them fit into a process.
 *
 *   reading (each shape to its end) ──▶ streaming ── cut, refused ──▶ pausing ──▶ streaming
 *                                          └── must-refetch ──▶ that shape is read anew ──▶ streaming
 */
export class LightViewer {
  readonly rows = new Map<string, Map<string, Row>>()
  /** Statuses of 500 and above that it was answered with, and when (epoch ms). */
  readonly failures: { at: number, status: number }[] = []
  /** Answers that end it: signed out, not a member any more. */
  ended: number | undefined
  /** Rows that came once more over a stream, and changes of rows that it does not hold. Neither may be. */
  readonly wrong: string[] = []
  /** How often its stream was opened. */
  streams = 0
  isLive = false
  readonly #options: LightViewerOptions
  readonly #entries = new Map<string, LiveEntry>()
  #left = false
  #pauseMs = PAUSE_MS.first
  #current: { destroy: () => void } | undefined

  constructor(options: LightViewerOptions) {
    this.#options = options
  }

  /** Reads every shape to its end. Out: how many bytes came. */
  async readAll(): Promise<number> {
    let bytes = 0
    for (const shape of this.#options.shapes) bytes += await this.#read(shape)
    return bytes
  }

  /** Follows what comes, until it leaves. */
  async follow(): Promise<void> {
    while (!this.#left && this.ended === undefined) {
      try {
        await this.#stream()
      }
      catch { /* a cut connection is what the pause is for */ }
      this.isLive = false
      if (this.#left || this.ended !== undefined) return
      await new Promise(resolve => setTimeout(resolve, Math.random() * this.#pauseMs))
      this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MS.last)
    }
  }

  leave(): void {
    this.#left = true
    this.#current?.destroy()
  }

  async #read(shape: string): Promise<number> {
    const rows = new Map<string, Row>()
    let at: Record<string, string> = { offset: '-1' }
    let bytes = 0
    for (let failed = 0; ;) {
      if (this.#left) return bytes
      const query = new URLSearchParams({ ...(OWN.has(shape) ? {} : { company: this.#options.company }), ...at })
      const answer = await this.#ask('GET', `/api/shapes/${shape}?${query}`, {}).catch(() => undefined)
      if (answer?.statusCode === 401 || answer?.statusCode === 403) {
        answer.resume()
        this.ended = answer.statusCode
        return bytes
      }
      if (answer?.statusCode === 409) {
        answer.resume()
        rows.clear()
        at = { offset: '-1', handle: header(answer, 'electric-handle') }
        continue
      }
      const text = answer?.statusCode === 200 ? await textOf(answer).catch(() => undefined) : undefined
      if (!answer || text === undefined) {
        if (answer) this.#fail(answer)
        if (++failed > 100) throw new Error(`${shape} could not be read: ${answer?.statusCode}`)
        await new Promise(resolve => setTimeout(resolve, Math.random() * 400))
        continue
      }
      bytes += Buffer.byteLength(text)
      for (const message of JSON.parse(text) as Message[]) apply(rows, message)
      at = { offset: header(answer, 'electric-offset'), handle: header(answer, 'electric-handle') }
      if (answer.headers['electric-up-to-date'] === undefined) continue
      this.rows.set(shape, this.#options.keeps === false ? new Map() : rows)
      this.#entries.set(shape, { shape, ...(OWN.has(shape) ? {} : { company: this.#options.company }), offset: at.offset ?? '', handle: at.handle ?? '' })
      return bytes
    }
  }

  async #stream(): Promise<void> {
    for (const shape of this.#options.shapes) if (!this.#entries.has(shape)) await this.#read(shape)
    if (this.#left || this.ended !== undefined) return
    this.streams++
    const answer = await this.#ask('POST', '/api/shapes/stream', { 'content-type': 'application/json' }, JSON.stringify([...this.#entries.values()]))
    if (answer.statusCode !== 200) {
      answer.resume()
      if (answer.statusCode === 401 || answer.statusCode === 403) this.ended = answer.statusCode
      else this.#fail(answer)
      return
    }
    this.#current = answer
    let begun = ''
    for await (const piece of plain(answer)) {
      const lines = (begun + String(piece)).split('\n')
      begun = lines.pop() ?? ''
      for (const line of lines) if (line && !this.#take(JSON.parse(line) as LiveBatch | Heartbeat | StreamEnd)) return this.#current.destroy()
    }
  }

  /** Whether the stream goes on. */
  #take(line: LiveBatch | Heartbeat | StreamEnd): boolean {
    this.#pauseMs = PAUSE_MS.first
    this.isLive = true
    if ('heartbeat' in line) return true
    if ('end' in line) {
      if (line.status === 401) this.ended = 401
      else this.failures.push({ at: Date.now(), status: line.status })
      return false
    }
    const entry = this.#entries.get(line.shape)
    // A late line for a place where it does not stand any more.
    if (!entry || entry.offset !== line.offset || entry.handle !== line.handle) return true
    if (line.status === 403) {
      this.ended = 403
      return false
    }
    if (line.status === 409) {
      this.#entries.delete(line.shape)
      return false
    }
    if (line.status >= 500) {
      this.failures.push({ at: Date.now(), status: line.status })
      return true
    }
    if (line.status !== 200) throw new Error(`${line.shape} was answered with ${line.status}`)
    const messages = line.body as Message[]
    const rows = this.#options.keeps === false ? undefined : this.rows.get(line.shape)
    if (rows) for (const message of messages) this.#judge(line.shape, rows, message)
    const { 'electric-offset': offset = entry.offset, 'electric-handle': handle = entry.handle, 'electric-cursor': cursor } = line.headers
    this.#entries.set(line.shape, { ...entry, offset, handle, ...(cursor && { cursor }) })
    for (const { value, headers } of messages) if (value && headers.operation !== 'delete') this.#options.changed?.(line.shape, value)
    return true
  }

  #judge(shape: string, rows: Map<string, Row>, message: Message): void {
    const { key, headers: { operation } } = message
    if (key !== undefined && operation && (operation === 'insert') === rows.has(key)) this.wrong.push(`${operation} of ${key} in ${shape}`)
    apply(rows, message)
  }

  #fail(answer: IncomingMessage): void {
    this.failures.push({ at: Date.now(), status: answer.statusCode ?? 0 })
    answer.resume()
  }

  #ask(method: string, path: string, headers: OutgoingHttpHeaders, body?: string): Promise<IncomingMessage> {
    const { origin, cookie, userId, agent, encoding = 'gzip' } = this.#options
    const url = new URL(path, origin)
    return new Promise((resolve, reject) => {
      const asked = (url.protocol === 'https:' ? https : http).request(url, {
        method, agent, rejectUnauthorized: false,
        headers: { cookie, origin, 'x-database-user': userId, 'accept-encoding': encoding, ...headers },
      } as https.RequestOptions, resolve)
      this.#current = asked
      asked.on('error', reject)
      asked.end(body)
    })
  }
}

const header = (answer: IncomingMessage, name: string) => String(answer.headers[name] ?? '')

/** The body as text, unpacked. What cuts the answer ends the unpacker too, which a pipe would not. */
const plain = (answer: IncomingMessage) => answer.headers['content-encoding'] === 'gzip'
  ? pipeline(answer, createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }), () => undefined).setEncoding('utf8')
  : answer.setEncoding('utf8')

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of plain(answer)) text += String(piece)
  // A body that was cut looks like its end to the unpacker.
  if (!answer.complete) throw new Error('the answer was cut')
  return text
}

/** A snapshot and what was written beside it may name a row twice; there an insert is as good as an update. */
function apply(rows: Map<string, Row>, { key, value, headers }: Message): void {
  if (key === undefined || !headers.operation) return
  if (headers.operation === 'delete') rows.delete(key)
  else rows.set(key, { ...rows.get(key), ...value })
}
