/** A timer that fires this much later than it was to fire says that the thread was busy, and no more. */
const LATE_MS = 500

/** Why an attempt was given up whose answer fell silent. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError'
}

/**
 * One try of one request, given up when not a byte of its answer comes for a while: a connection that a proxy or a
 * sleeping network has forgotten is closed by nobody else.
 */
export class Attempt {
  readonly #limitMs: number
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal | undefined
  readonly #giveUp = () => this.abort(this.#outer?.reason)
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param limitMs for how long it may be silent @param outer ends it too */
  constructor(limitMs: number, outer?: AbortSignal) {
    this.#limitMs = limitMs
    this.#outer = outer
    if (outer?.aborted) this.#giveUp()
    else outer?.addEventListener('abort', this.#giveUp, { once: true })
    this.#listen()
  }

  /** For the `fetch`. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether it was given up because nothing came. */
  get wasSilent(): boolean {
    return this.signal.reason instanceof SilenceError
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason)
  }

  /** The same answer, whose head and each piece of whose body count as signs of life. */
  watch(response: Response): Response {
    this.#listen()
    if (!response.body) return response
    const body = response.body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({
      transform: (piece, controller) => {
        this.#listen()
        controller.enqueue(piece)
      },
    }), { signal: this.signal })
    return new Response(body, { status: response.status, headers: response.headers })
  }

  /** It is over: lets go of the clock and of a body that nobody will read to its end. */
  end(): void {
    clearTimeout(this.#timer)
    this.#outer?.removeEventListener('abort', this.#giveUp)
    this.abort()
  }

  #listen(): void {
    clearTimeout(this.#timer)
    if (this.signal.aborted) return
    const due = performance.now() + this.#limitMs
    this.#timer = setTimeout(() => {
      // The database works in this thread: bytes may have waited behind it for as long as it did.
      if (performance.now() - due > LATE_MS) this.#listen()
      else this.abort(new SilenceError(`The server has sent nothing for ${this.#limitMs} ms`))
    }, this.#limitMs)
  }
}
