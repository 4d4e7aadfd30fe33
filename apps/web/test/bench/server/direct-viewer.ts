import http, { type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { predicateOf } from '../../../server/shapes/definition'
import { LOCAL_SHAPES } from '../../../shared/generated/catalogue.gen'

const AGAIN_MS = 500

interface Message { value?: Record<string, string | null>, headers: { operation?: string } }

/** Asks Electric itself for the folders of a company, as `ShapeStream` does: what the way through the app is compared with. */
export class DirectViewer {
  isLive = false
  readonly #url: URL
  readonly #agent: http.Agent
  readonly #changed: (row: Record<string, string | null>) => void
  #at: Record<string, string> = { offset: '-1' }
  #left = false
  #current: http.ClientRequest | undefined

  constructor({ electric, company, agent, changed }: { electric: { url: string, secret: string }, company: string, agent: http.Agent, changed?: (row: Record<string, string | null>) => void }) {
    const folders = LOCAL_SHAPES.folders
    this.#url = new URL('/v1/shape', electric.url)
    for (const [name, value] of Object.entries({
      'table': folders.entity, 'columns': folders.columns.map(column => column.name).join(','), 'where': predicateOf(folders), 'params[1]': company, 'secret': electric.secret,
    })) this.#url.searchParams.set(name, value)
    this.#agent = agent
    this.#changed = changed ?? (() => undefined)
  }

  /** Reads the shape to its end. Out: how many bytes came. */
  async readAll(): Promise<number> {
    for (let bytes = 0; ;) {
      const answer = await this.#ask({})
      bytes += Buffer.byteLength(await text(answer))
      this.#goOn(answer)
      if (answer.headers['electric-up-to-date'] !== undefined) return bytes
    }
  }

  /** Follows what comes, until it leaves. */
  async follow(): Promise<void> {
    while (!this.#left) {
      this.isLive = true
      const answer = await this.#ask({ live: 'true' }).catch((error: NodeJS.ErrnoException) => {
        // A kept connection that was closed at this moment: asked again, as the app does.
        if (!this.#left && error.code !== 'ECONNRESET') throw error
      })
      if (!answer) continue
      // Too many at once: it asks again, as Electric's own client does.
      if (answer.statusCode === 503) {
        answer.resume()
        await wait(AGAIN_MS)
        continue
      }
      const messages = JSON.parse(await text(answer) || '[]') as Message[]
      this.#goOn(answer)
      for (const { value, headers } of messages) if (value && headers.operation) this.#changed(value)
    }
  }

  leave(): void {
    this.#left = true
    this.#current?.destroy()
  }

  #goOn({ statusCode, headers }: IncomingMessage): void {
    if (statusCode !== 200 && statusCode !== 204) throw new Error(`Electric answered ${statusCode}`)
    for (const [name, header] of [['offset', 'electric-offset'], ['handle', 'electric-handle'], ['cursor', 'electric-cursor']] as const) {
      const value = headers[header]
      if (typeof value === 'string') this.#at[name] = value
    }
  }

  #ask(more: Record<string, string>): Promise<IncomingMessage> {
    const url = new URL(this.#url)
    for (const [name, value] of Object.entries({ ...this.#at, ...more })) url.searchParams.set(name, value)
    return new Promise((resolve, reject) => {
      this.#current = http.get(url, { agent: this.#agent }, resolve)
      this.#current.on('error', reject)
    })
  }
}
