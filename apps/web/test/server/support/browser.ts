import { expect } from 'vitest'
import type { LiveBatch, LiveEntry } from '../../../shared/protocol/sync'
import { SECRETS, type App } from './app'
import { LineReader } from './line-reader'
import { PASSWORD, type Person } from './people'

export interface Answer {
  status: number
  headers: Headers
  text: string
  /** The body as JSON; undefined where it is none. */
  json: unknown
}

interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array<ArrayBuffer>
  signal?: AbortSignal
}

/** Speaks with a server as a browser does, with one cookie. Every answer is searched for secrets. */
export class Browser {
  #app: App
  cookie = ''
  userId = ''

  constructor(app: App) {
    this.#app = app
  }

  static async signedIn(app: App, person: Person): Promise<Browser> {
    const browser = new Browser(app)
    const answer = await browser.post('/api/auth/sign-in', { email: person.email, password: PASSWORD })
    expect(answer.status, answer.text).toBe(200)
    browser.userId = person.id
    return browser
  }

  /** From now on it speaks with another replica, as behind a proxy. */
  goTo(app: App): void {
    this.#app = app
  }

  async ask(path: string, { method = 'GET', headers = {}, body, signal }: Ask = {}): Promise<Answer> {
    const response = await fetch(`${this.#app.origin}${path}`, {
      method, body, signal, redirect: 'manual',
      headers: { ...(this.cookie ? { cookie: this.cookie } : {}), ...(this.userId ? { 'x-database-user': this.userId } : {}), ...headers },
    })
    const text = await response.text()
    const whole = [...response.headers].flat().join('\n') + text
    for (const secret of SECRETS) expect(whole.includes(secret), `a secret in the answer to ${path}`).toBe(false)
    const cookie = response.headers.get('set-cookie')?.split(';')[0]
    if (cookie) this.cookie = cookie.endsWith('=') ? '' : cookie
    return { status: response.status, headers: response.headers, text, json: parse(text) }
  }

  post(path: string, body: unknown, more: Ask = {}): Promise<Answer> {
    return this.ask(path, {
      ...more, method: 'POST', body: JSON.stringify(body),
      headers: { 'origin': this.#app.origin, 'content-type': 'application/json', ...more.headers },
    })
  }

  shape(name: string, query: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask(`/api/shapes/${name}?${new URLSearchParams(query)}`, { headers })
  }

  /** Reads a shape from the start until it is up to date. Out: its rows by key, and where a live request goes on. */
  async follow(shape: string, company?: string): Promise<{ rows: Record<string, string | null>[], entry: LiveEntry }> {
    const rows: Record<string, string | null>[] = []
    let at: Record<string, string> = { offset: '-1' }
    for (;;) {
      const answer = await this.shape(shape, { ...(company ? { company } : {}), ...at })
      expect(answer.status, answer.text).toBe(200)
      for (const message of answer.json as { value?: Record<string, string | null> }[]) if (message.value) rows.push(message.value)
      at = { offset: answer.headers.get('electric-offset') ?? '', handle: answer.headers.get('electric-handle') ?? '' }
      if (answer.headers.has('electric-up-to-date')) return { rows, entry: { shape, ...(company ? { company } : {}), offset: at.offset ?? '', handle: at.handle ?? '' } }
    }
  }

  /** Holds a live request. Out: its status, its lines where it has any, and how long it took. */
  async live(entries: LiveEntry[], signal?: AbortSignal): Promise<Answer & { lines: LiveBatch[], ms: number }> {
    const began = performance.now()
    const answer = await this.post('/api/shapes/live', entries, { signal })
    const isLines = answer.headers.get('content-type')?.startsWith('application/x-ndjson')
    const lines = isLines ? answer.text.split('\n').filter(Boolean).map(line => JSON.parse(line) as LiveBatch) : []
    return { ...answer, lines, ms: performance.now() - began }
  }

  /** Opens a stream. Out: its lines, as they come. */
  async stream(entries: LiveEntry[], headers: Record<string, string> = {}): Promise<LineReader> {
    const leaving = new AbortController()
    const response = await fetch(`${this.#app.origin}/api/shapes/stream`, {
      method: 'POST', body: JSON.stringify(entries), signal: leaving.signal,
      headers: { 'origin': this.#app.origin, 'content-type': 'application/json', 'cookie': this.cookie, 'x-database-user': this.userId, ...headers },
    })
    return new LineReader(response, leaving)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  }
  catch {
    return undefined
  }
}
