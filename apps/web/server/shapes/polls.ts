import { text } from 'node:stream/consumers'
import { Refusal } from '../http/refusal'
import { upstreamParameters, type BoundShape } from './definition'
import type { Position } from './request'
import { askElectric, protocolHeaders } from './upstream'

/** A settled poll is kept this long: who comes back for another shape finds this one too. */
const KEEP_SETTLED_MS = 50
/** A poll that nobody waits for goes on this long: a browser that was answered asks again for all its other shapes. */
const KEEP_UNWANTED_MS = 1_000
/** "Nothing happened" is said after 20 s; said sooner (PostgreSQL is away), asking again at once would be a busy loop. */
const SHORTEST_ROUND_MS = 1_000

/** What Electric answered, or we in its place; `body` is JSON text without a line break. */
export interface Answered {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

/**
 * One long poll at Electric, shared by everyone who waits for the same shape from the same offset.
 *
 *   asking ── batch, must-refetch or failure ──▶ settled ── 50 ms ──▶ forgotten
 *     │  ▲
 *     │  └── nothing happened (kept as `idle`): asked again
 *     └── nobody waits for 1 s ──▶ aborted, forgotten
 */
class Poll {
  settled: Answered | undefined
  idle: Answered | undefined
  readonly #waiting = new Set<() => void>()
  readonly #controller = new AbortController()
  readonly #forget: () => void
  #unwanted: NodeJS.Timeout | undefined

  constructor(shape: BoundShape, position: Position, forget: () => void) {
    this.#forget = forget
    void this.#ask(shape, position)
  }

  /** Calls `changed` when the poll has settled, or said that nothing happened. Returns how to stop waiting. */
  join(changed: () => void): () => void {
    clearTimeout(this.#unwanted)
    this.#waiting.add(changed)
    return () => {
      this.#waiting.delete(changed)
      if (this.#waiting.size > 0 || this.settled) return
      clearTimeout(this.#unwanted)
      this.#unwanted = setTimeout(() => this.#end(), KEEP_UNWANTED_MS)
    }
  }

  async #ask(shape: BoundShape, asked: Position): Promise<void> {
    const { signal } = this.#controller
    let position = asked
    while (!signal.aborted) {
      const began = performance.now()
      const answered = await answer(shape, position, signal)
      if (signal.aborted) return
      if (!isIdle(answered, asked)) return this.#settle(answered)
      this.idle = answered
      this.#tell()
      const cursor = answered.headers['electric-cursor'] ?? asked.cursor
      position = { ...asked, ...(cursor !== undefined && { cursor }) }
      await pause(SHORTEST_ROUND_MS - (performance.now() - began), signal)
    }
  }

  #settle(answered: Answered): void {
    this.settled = answered
    setTimeout(this.#forget, KEEP_SETTLED_MS)
    this.#tell()
  }

  #tell(): void {
    for (const changed of [...this.#waiting]) changed()
  }

  #end(): void {
    this.#forget()
    this.#controller.abort()
  }
}

export type SharedPoll = Pick<Poll, 'settled' | 'idle' | 'join'>

const polls = new Map<string, Poll>()

/** The poll of a shape from an offset on: a running one where there is one. It is for the asker to see who may have it. */
export function pollFor(shape: BoundShape, position: Position): SharedPoll {
  const key = JSON.stringify([upstreamParameters(shape), position.handle, position.offset])
  const running = polls.get(key)
  if (running) return running
  const poll = new Poll(shape, position, () => {
    if (polls.get(key) === poll) polls.delete(key)
  })
  polls.set(key, poll)
  return poll
}

async function answer(shape: BoundShape, position: Position, signal: AbortSignal): Promise<Answered> {
  try {
    const response = await askElectric(shape, position, signal, true)
    // Between JSON's own tokens a line break is only space; inside of a string it cannot be.
    const body = (await text(response)).replaceAll(/[\r\n]+/g, ' ')
    return { status: response.statusCode ?? 0, headers: protocolHeaders(response), body: body || '[]' }
  }
  catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal('sync_unavailable')
    return { status: refusal.status, headers: refusal.headers, body: JSON.stringify(refusal.body) }
  }
}

/** Nothing happened: up to date, and where it was asked from. */
function isIdle({ status, headers }: Answered, { offset, handle }: Position): boolean {
  return status === 200 && headers['electric-up-to-date'] !== undefined
    && headers['electric-offset'] === offset && headers['electric-handle'] === handle
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    }, { once: true })
  })
}
