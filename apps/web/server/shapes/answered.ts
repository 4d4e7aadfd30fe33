import { text } from 'node:stream/consumers'
import { Turns } from '../db/turns'
import { Refusal } from '../http/refusal'
import type { BoundShape } from './definition'
import type { Position } from './request'
import { askElectric, protocolHeaders, type Asking } from './upstream'

/**
 * So many questions that are not held at once, and so many of them about one company or person: each takes milliseconds.
 * Somebody can name places at which Electric waits before it refuses them; nobody of another company waits for that.
 */
const briefly = new Turns(64, 3)
/** And so long each at most. */
const BRIEF_MS = 5_000

/** What Electric answered, or we in its place; `body` is JSON text without a line break. */
export interface Answered {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

/** Asks Electric what happened since a position. Throws nothing: a failure is an answer too. */
export async function answer(shape: BoundShape, position: Position, asking: Exclude<Asking, 'pages'>, signal: AbortSignal): Promise<Answered> {
  try {
    const response = await askElectric(shape, position, signal, asking)
    // Between JSON's own tokens a line break is only space; inside of a string it cannot be.
    const body = (await text(response)).replaceAll(/[\r\n]+/g, ' ')
    return { status: response.statusCode ?? 0, headers: protocolHeaders(response), body: body || '[]' }
  }
  catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal('sync_unavailable')
    return { status: refusal.status, headers: refusal.headers, body: JSON.stringify(refusal.body) }
  }
}

/**
 * The same without waiting. Where something happened it is asked for once more as a live question, which is answered at
 * once then: the browser's client asked live, and takes only an answer with all that live ones have (their cursor).
 */
export function answerAtOnce(shape: BoundShape, position: Position, signal: AbortSignal): Promise<Answered> {
  return briefly.run(shape.scopeId, () => withPatience(BRIEF_MS, signal, async (patience) => {
    const found = await answer(shape, position, 'brief', patience)
    return found.status === 200 && !isIdle(found, position) ? answer(shape, position, 'live', patience) : found
  }))
}

/**
 * Gives the work a signal that is aborted with another one, or after so many ms. By hand: of `AbortSignal.any` Node 20 keeps
 * an entry for ever, and lets its timeout be collected before it has come.
 */
async function withPatience<Result>(ms: number, signal: AbortSignal, work: (patience: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController()
  const cut = () => controller.abort()
  const timer = setTimeout(cut, ms)
  signal.addEventListener('abort', cut, { once: true })
  if (signal.aborted) cut()
  try {
    return await work(controller.signal)
  }
  finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cut)
  }
}

/** Where the log ends, as an answer that is up to date says; undefined where it does not say. */
export function endNamed({ status, headers }: Answered): Position | undefined {
  const { 'electric-up-to-date': upToDate, 'electric-offset': offset, 'electric-handle': handle } = headers
  return status === 200 && upToDate !== undefined && offset !== undefined && handle !== undefined ? { offset, handle } : undefined
}

/** Whether nothing happened: up to date, and where it was asked from. */
export function isIdle(answered: Answered, asked: Position): boolean {
  const end = endNamed(answered)
  return end !== undefined && isSame(end, asked)
}

export const isSame = (one: Position, other: Position): boolean => one.offset === other.offset && one.handle === other.handle

/** "Nothing happened" as a live question is answered: with a cursor, which only keeps caches from giving an old answer. */
export function asLive(idle: Answered): Answered {
  return { ...idle, headers: { 'electric-cursor': String(Math.floor(Date.now() / 1000)), ...idle.headers } }
}

/** The position that goes on from an idle answer: the same, with the cursor that Electric gave. */
export function goOn(asked: Position, { headers }: Answered): Position {
  const cursor = headers['electric-cursor'] ?? asked.cursor
  return { ...asked, ...(cursor !== undefined && { cursor }) }
}

/** Resolves after so many ms, or when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
