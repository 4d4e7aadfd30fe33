/**
 * Waits that grow: full jitter over a doubling ceiling, so that many browsers do not come back as one. `wake` ends the
 * wait that is running.
 */
export class Pause {
  readonly #first: number
  readonly #longest: number
  #attempt = 0
  #wake: (() => void) | undefined

  /** @param first ceiling of the first wait, in ms @param longest highest ceiling, in ms */
  constructor(first = 500, longest = 10_000) {
    this.#first = first
    this.#longest = longest
  }

  /** After a success the next wait is short again. */
  reset(): void {
    this.#attempt = 0
  }

  wake(): void {
    this.#wake?.()
  }

  /** Resolves after the wait, after `wake`, or when the signal aborts. @param atLeast a floor in ms (Retry-After) */
  async wait(signal: AbortSignal, atLeast = 0): Promise<void> {
    const ceiling = Math.min(this.#longest, this.#first * 2 ** this.#attempt++)
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        this.#wake = undefined
        resolve()
      }
      // A tenth of the ceiling at the least: a wait of nothing is a busy loop.
      const timer = setTimeout(done, Math.max(atLeast, ceiling * (0.1 + 0.9 * Math.random())))
      this.#wake = done
      signal.addEventListener('abort', done)
    })
  }
}
