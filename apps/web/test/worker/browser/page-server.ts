import { setMaxListeners } from 'node:events'
import { createReadStream, existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { STREAM_PATH, type LiveBatch, type LiveEntry } from '../../../shared/protocol/sync'
import { FakeShape, type Row } from '../sequences/fake-electric'

const TYPES: Record<string, string> = { js: 'text/javascript', wasm: 'application/wasm', data: 'application/octet-stream', html: 'text/html' }
const LIVE_HOLD_MS = 20_000

/** A page with nothing on it, the worker's files, and shapes under /api/shapes as our server gives them. */
export class PageServer {
  readonly shapes = new Map<string, FakeShape>()
  /** `METHOD path?query` of each shape request, in order. */
  readonly requests: string[] = []
  /** The most shape requests that were in flight at once. */
  mostInFlight = 0
  /** Given in place of an answer; a text is a page, as somebody between here and there would give it. */
  intercept: (url: URL, method: string) => { status: number, body: object | string } | undefined = () => undefined
  /** A file of the worker that is answered with 404. */
  missing: string | undefined
  /** A file of the worker for which the connection breaks, as where the network is away. */
  unreachable: string | undefined
  /** Put before the worker's bundle: what a browser of another kind, or with other settings, would lack. */
  prelude = ''
  /** Names of the worker's files that were asked for, in order. */
  readonly files: string[] = []
  readonly #server: Server
  /** Where the worker's files are; another one is another version of the app. */
  folder: string
  #inFlight = 0

  constructor(folder: string) {
    this.folder = folder
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close() {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  /** The shape of a name (`folders`) or of a name and company (`folders/<id>`), made where it is missing. */
  shape(name: string, ...pages: Row[][]): FakeShape {
    let shape = this.shapes.get(name)
    if (!shape || pages.length > 0) this.shapes.set(name, shape = new FakeShape(`${name}-1`, pages.length > 0 ? pages : [[]]))
    return shape
  }

  async #serve(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', 'http://page')
    // It has the long poll only.
    if (url.pathname === STREAM_PATH) return void response.writeHead(404).end()
    if (!url.pathname.startsWith('/api/shapes')) return this.#serveFile(url, response)
    this.requests.push(`${request.method} ${url.pathname}${url.search}`)
    // As our server does it: else the browser's cache keeps what a purge must not leave.
    response.setHeader('cache-control', 'private, no-store')
    this.mostInFlight = Math.max(this.mostInFlight, ++this.#inFlight)
    response.once('close', () => this.#inFlight--)
    const instead = this.intercept(url, request.method ?? 'GET')
    if (instead && typeof instead.body === 'string') return void response.writeHead(instead.status, { 'content-type': 'text/html' }).end(instead.body)
    if (instead) return void response.writeHead(instead.status, { 'content-type': 'application/json' }).end(JSON.stringify(instead.body))
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    if (request.method === 'POST') return this.#serveLive(request, response, gone.signal)
    const name = [url.pathname.split('/').at(-1), url.searchParams.get('company')].filter(Boolean).join('/')
    await send(await this.shape(name).answer(url.searchParams, gone.signal), response)
  }

  async #serveLive(request: IncomingMessage, response: ServerResponse, gone: AbortSignal) {
    const entries = JSON.parse(Buffer.concat(await Readable.from(request).toArray()).toString()) as LiveEntry[]
    const hold = AbortSignal.any([gone, AbortSignal.timeout(LIVE_HOLD_MS)])
    // One listener for each shape.
    setMaxListeners(0, hold)
    const settled = await Promise.any(entries.map(async (entry) => {
      const asked = new URLSearchParams({ live: 'true', handle: entry.handle, offset: entry.offset })
      const shape = this.shape([entry.shape, entry.company].filter(Boolean).join('/'))
      const answer = await shape.answer(asked, hold).catch(() => shape.upToDate(entry.offset))
      return { ...entry, status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.json() } satisfies LiveBatch & LiveEntry
    }))
    response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(`${JSON.stringify(settled)}\n`)
  }

  #serveFile({ pathname }: URL, response: ServerResponse) {
    if (!pathname.startsWith('/workers/')) return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>nothing</title>')
    const name = pathname.slice('/workers/'.length)
    this.files.push(name)
    if (name === this.unreachable) return void response.destroy()
    if (name === this.missing || !existsSync(join(this.folder, name))) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain' })
    if (name.endsWith('.js')) response.write(this.prelude)
    createReadStream(join(this.folder, name)).on('error', () => response.destroy()).pipe(response)
  }
}

async function send(answer: Response, response: ServerResponse) {
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  response.end(Buffer.from(await answer.arrayBuffer()))
}
