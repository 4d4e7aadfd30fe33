// Comparing an answer with the recorded one when ids and positions cannot be equal.
//
// Every handle, LSN, transaction id, cursor and etag of the recording is paired with the one that stands in its place
// here, at its first appearance. From then on the pairs must hold: where the recording says "the same handle as
// before" or "a later position", so must we.
import { expect } from 'vitest'
import type { Answer, Exchange } from './trace.ts'

/** Recorded and actual values, one to one. */
class Pairs {
  private readonly actual = new Map<string, string>()
  private readonly recorded = new Map<string, string>()
  private readonly what: string
  private readonly ordered: boolean

  constructor(what: string, ordered = false) {
    this.what = what
    this.ordered = ordered
  }

  get(recorded: string): string | undefined {
    return this.actual.get(recorded)
  }

  /** The actual value in the recording's terms. Learns the pair when neither was seen. */
  match(recorded: string, actual: string): string {
    if (!this.actual.has(recorded) && !this.recorded.has(actual)) {
      if (this.ordered) {
        for (const [other, value] of this.actual) {
          expect(Number(actual) > Number(value), `${this.what} ${actual} comes after ${value}, as ${recorded} and ${other} do`).toBe(Number(recorded) > Number(other))
        }
      }
      this.actual.set(recorded, actual)
      this.recorded.set(actual, recorded)
    }
    return this.recorded.get(actual) ?? `${this.what} ${actual}, in the recording ${recorded} = ${this.actual.get(recorded)}`
  }
}

const HEADERS_OF_THE_MOMENT = new Set(['date', 'x-request-id'])
/** Node says these on every answer; Electric on some. */
const CONNECTION_HEADERS = new Set(['connection', 'keep-alive'])

export class Correspondence {
  private readonly handles = new Pairs('handle')
  private readonly lsns = new Pairs('LSN', true)
  private readonly xids = new Pairs('transaction', true)
  private readonly cursors = new Map<string, string>()
  private readonly etags = new Map<string, string>()

  /** The recorded request as it must be sent here. */
  request({ url, headers }: Exchange, base: string): { url: URL, headers: Record<string, string> } {
    const sent = new URL(`${url.pathname}${url.search}`, base)
    const replace = (name: string, by: (value: string) => string | undefined): void => {
      const value = sent.searchParams.get(name)
      if (value !== null) sent.searchParams.set(name, by(value) ?? value)
    }
    replace('handle', value => this.handles.get(value))
    replace('cursor', value => this.cursors.get(value))
    replace('offset', value => value.replace(/^\d{3,}/, lsn => this.lsns.get(lsn) ?? lsn))
    const match = headers['if-none-match']
    if (match === undefined) return { url: sent, headers }
    const weak = match.startsWith('W/') ? 'W/' : ''
    return { url: sent, headers: { ...headers, 'if-none-match': weak + (this.etags.get(match.slice(weak.length)) ?? match.slice(weak.length)) } }
  }

  /** Asserts that an answer is the recorded one. */
  compare(recorded: Answer, actual: Answer, method: string): void {
    expect(actual.status, `status; the body was ${actual.body.slice(0, 400)}`).toBe(recorded.status)
    this.compareHeaders(recorded, actual, method)
    // Bodies of some exchanges were not recorded; those of HEAD are never sent.
    if (method === 'HEAD') expect(actual.body).toBe('')
    else if (recorded.body !== '' || isEmpty(recorded)) this.compareBody(recorded, actual)
  }

  private compareHeaders(recorded: Answer, actual: Answer, method: string): void {
    const normal = (headers: Record<string, string>): Record<string, string> =>
      Object.fromEntries(Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name)).sort())
    const wanted = normal(recorded.headers)
    const got = normal(actual.headers)
    for (const name of Object.keys(got)) {
      const [from, to] = [wanted[name], got[name]]
      if (from === undefined || to === undefined) continue
      if (HEADERS_OF_THE_MOMENT.has(name)) {
        got[name] = to === '' ? to : from
      }
      else if (name === 'content-length') {
        if (method !== 'HEAD') expect(Number(to), 'content-length').toBe(Buffer.byteLength(actual.body))
        got[name] = from
      }
      else if (name === 'electric-handle') {
        got[name] = this.handles.match(from, to)
      }
      else if (name === 'electric-offset') {
        got[name] = this.offset(from, to)
      }
      else if (name === 'electric-cursor') {
        this.cursors.set(from, to)
        got[name] = /^\d+$/.test(to) ? from : to
      }
      else if (name === 'etag') {
        this.etags.set(from, to)
        got[name] = this.etag(from, to)
      }
    }
    expect(got, 'headers').toEqual(wanted)
  }

  private etag(recorded: string, actual: string): string {
    const [wanted, got] = [recorded, actual].map(text => text.slice(1, -1).split(':'))
    if (!wanted || !got || wanted.length !== got.length || !/^".*"$/.test(actual)) return actual
    const parts = got.map((part, index) => {
      const from = wanted[index] ?? ''
      if (index === 0) return this.handles.match(from, part)
      // The last of four makes the etag of an empty answer unlike the next one's.
      return index < 3 ? this.offset(from, part) : from
    })
    return `"${parts.join(':')}"`
  }

  private offset(recorded: string, actual: string): string {
    const [from, to] = [recorded, actual].map(text => /^(\d{3,})_(\d+)$/.exec(text))
    if (!from?.[1] || !to?.[1]) return actual
    return `${this.lsns.match(from[1], to[1])}_${to[2]}`
  }

  private compareBody(recorded: Answer, actual: Answer): void {
    const type = recorded.headers['content-type'] ?? ''
    if (type.startsWith('text/event-stream')) {
      const [wanted, got] = [recorded, actual].map(answer => answer.body.trimEnd().split('\n\n').map(event => event.replace(/^data: (?=\S)/, '')))
      expect(got?.map(event => (event.startsWith(':') ? event : 'data')), 'events').toEqual(wanted?.map(event => (event.startsWith(':') ? event : 'data')))
      const messages = (events: string[] | undefined): string => `[${(events ?? []).filter(event => !event.startsWith(':')).join(',')}]`
      this.compareJson(messages(wanted), messages(got))
    }
    else if (recorded.status === 400) compareRefusal(recorded.body, actual.body)
    else if (recorded.body.startsWith('[')) this.compareJson(recorded.body, actual.body)
    else expect(actual.body, 'body').toBe(recorded.body)
  }

  /** Message by message, with the keys in their order: text made from both must be equal. */
  private compareJson(recorded: string, actual: string): void {
    const wanted = JSON.parse(recorded) as Message[]
    const got = JSON.parse(actual) as Message[]
    const normal = got.map((message, index) => this.message(wanted[index], message))
    expect(normal.map(message => JSON.stringify(message)), 'messages').toEqual(wanted.map(message => JSON.stringify(unlocated(message))))
  }

  private message(recorded: Message | undefined, actual: Message): Message {
    const message = unlocated(actual)
    const [from, to] = [recorded?.headers, message.headers]
    if (!from) return message
    if (from.lsn !== undefined && to.lsn !== undefined) to.lsn = this.lsns.match(from.lsn, to.lsn)
    if (from.txids && to.txids) to.txids = to.txids.map((xid, index) => matchedXid(this.xids, from.txids?.[index], xid))
    return message
  }
}

interface Message {
  headers: {
    control?: string, lsn?: string, txids?: number[], global_last_seen_lsn?: string, xmin?: string, xmax?: string, xip_list?: string[]
  }
}

/** A copy without what says only how far the database is: it must have the right form. */
function unlocated(message: Message): Message {
  const copy = structuredClone(message)
  const { headers } = copy
  for (const name of ['global_last_seen_lsn', 'xmin', 'xmax'] as const) {
    if (headers[name] !== undefined && /^\d+$/.test(headers[name])) headers[name] = 'a number'
  }
  return copy
}

function matchedXid(pairs: Pairs, recorded: number | undefined, actual: number): number {
  return recorded === undefined ? actual : Number(pairs.match(String(recorded), String(actual)))
}

/** The sentence for a where may be Postgres' own; which field is at fault may not. */
function compareRefusal(recorded: string, actual: string): void {
  const [wanted, got] = [recorded, actual].map(body => JSON.parse(body) as { message: string, errors: Record<string, unknown> })
  if (wanted?.errors['where'] === undefined) return expect(actual, 'body').toBe(recorded)
  expect(got, 'body').toEqual({ message: 'Invalid request', errors: { where: [expect.stringMatching(/\w/)] } })
}

function isEmpty({ headers, status }: Answer): boolean {
  return headers['content-length'] === '0' || status === 204 || status === 304
}
