import type { Answered } from './answered'

/** A settled poll is kept this long: who comes back for another shape finds this one too. */
const KEEP_SETTLED_MS = 50
/** A poll that nobody waits for goes on this long: a browser that was answered asks again for all its other shapes. */
const KEEP_UNWANTED_MS = 1_000

/**
 * How a poll asks, round after round. Calls `idle` with each answer that nothing happened; resolves with the first other
 * one, or with undefined once the signal is aborted. Throws nothing.
 */
export type Rounds = (signal: AbortSignal, idle: (answered: Answered) => void) => Promise<Answered | undefined>

/**
 * One wait for what comes next in a shape, shared by everyone who stands at the same position.
 *
 *   asking ── batch, must-refetch or failure ──▶ settled ── 50 ms ──▶ forgotten
 *     │  ▲
 *     │  └── nothing happened (kept as `idle`): asked again
 *     └── nobody waits for 1 s ──▶ aborted, forgotten
 */
export class Poll {
  settled: Answered | undefined
  idle: Answered | undefined
  readonly #waiting = new Set<() => void>()
  readonly #controller = new AbortController()
  readonly #forget: () => void
  #unwanted: NodeJS.Timeout | undefined

  constructor(rounds: Rounds, forget: () => void) {
    this.#forget = forget
    void this.#ask(rounds)
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

  async #ask(rounds: Rounds): Promise<void> {
    const settled = await rounds(this.#controller.signal, (answered) => {
      this.idle = answered
      this.#tell()
    })
    if (!settled || this.#controller.signal.aborted) return
    this.settled = settled
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
