import { FetchError, ShapeStream, type ShapeStreamInterface, type ShapeStreamOptions } from '@electric-sql/client'
import { Pause } from '../transport/pause'
import type { TextRow } from './local-table'
import type { Applied, ShapeApplier, ShapeMessage } from './shape-applier'
import { streamFetch } from './stream-fetch'
import { MissingRowError } from './write-rows'

/** A batch could not be applied; it is tried again, and the cursor has not moved. */
export class ApplyError extends Error {
  override readonly name = 'ApplyError'
}

export interface SessionEvents {
  onApplied: (applied: Applied) => void
  /** The stream was refused (FetchError and the like) or a batch could not be applied (ApplyError); both are tried again. */
  onError: (error: Error) => void
}

/**
 * Keeps one shape running until it is stopped: opens the stream at the cursor, hands each answer to the applier and
 * waits for it, and opens the stream anew after whatever ended it.
 *
 *   opening ──▶ streaming ──▶ refused ──(pause)──▶ streaming
 *                 │  ▲
 *                 ▼  │ (pause, same batch again)
 *             apply failed
 */
export class ShapeSession {
  readonly #applier: ShapeApplier
  readonly #shape: ShapeStreamOptions
  readonly #events: SessionEvents
  readonly #ended = new AbortController()
  readonly #pause = new Pause()
  readonly #running: Promise<void>
  #stream: ShapeStreamInterface<TextRow> | undefined
  #fromStart = false
  #starts = 0

  constructor(applier: ShapeApplier, shape: ShapeStreamOptions, events: SessionEvents) {
    this.#applier = applier
    this.#shape = shape
    this.#events = events
    if (shape.signal?.aborted) this.#ended.abort()
    shape.signal?.addEventListener('abort', () => this.#ended.abort(), { once: true })
    this.#running = this.#run()
  }

  get stream(): ShapeStreamInterface<TextRow> {
    if (!this.#stream) throw new Error('The stream has not been opened')
    return this.#stream
  }

  /** Tries again now what waits for its next try. */
  retry(): void {
    this.#pause.wake()
  }

  /** Ends the stream; resolves when no batch is being applied any more. */
  async stop(): Promise<void> {
    this.#ended.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const refused = await this.#streamOnce()
      if (!refused || this.#ended.signal.aborted) continue
      this.#events.onError(refused)
      await this.#pause.wait(this.#ended.signal)
    }
  }

  /** Runs one stream to its end. Answers why it was refused, or nothing where it was ended from here. */
  #streamOnce(): Promise<Error | undefined> {
    const { handle, offset } = this.#applier.position
    const ending = new AbortController()
    const end = () => ending.abort()
    this.#ended.signal.addEventListener('abort', end)
    let applying: Promise<void> = Promise.resolve()
    return new Promise<Error | undefined>((resolve) => {
      ending.signal.addEventListener('abort', () => resolve(undefined))
      this.#fromStart = false
      const stream = this.#stream = new ShapeStream<TextRow>({
        ...this.#shape,
        // The client remembers per address what it saw last, and holds back an up-to-date that looks like a repeat.
        params: { ...this.#shape.params, stream: `${++this.#starts}` },
        offset,
        ...(handle !== null && { handle }),
        signal: ending.signal,
        liveRequestTimeoutMs: this.#shape.liveRequestTimeoutMs ?? false,
        fetchClient: streamFetch(this.#shape.fetchClient ?? ((...args) => fetch(...args)), () => {
          this.#fromStart = true
        }),
        // Not retried in there: it gives up after 50 tries, and it cannot be woken.
        onError: error => resolve(error),
      })
      stream.subscribe((messages) => {
        applying = this.#deliver(stream, messages, ending)
        return applying
      })
    }).then(async (refused) => {
      ending.abort()
      await applying
      this.#ended.signal.removeEventListener('abort', end)
      return refused
    })
  }

  /** Applies a batch, again and again until it is there. Never throws: the client would go on with the next batch. */
  async #deliver(stream: ShapeStream<TextRow>, messages: ShapeMessage[], ending: AbortController): Promise<void> {
    const end = { handle: stream.shapeHandle, offset: stream.lastOffset }
    const fromStart = this.#fromStart
    while (!ending.signal.aborted) {
      try {
        const applied = await this.#applier.apply(messages, end, fromStart)
        this.#fromStart = false
        this.#pause.reset()
        this.#events.onApplied(applied)
        return
      }
      catch (error) {
        if (error instanceof MissingRowError && await this.#refetch(error)) return ending.abort()
        this.#events.onError(new ApplyError(error instanceof Error ? error.message : String(error), { cause: error }))
        await this.#pause.wait(ending.signal)
      }
    }
  }

  async #refetch(why: MissingRowError): Promise<boolean> {
    try {
      await this.#applier.refetch()
      // Paused even so: a server that sends the same update for ever must not be asked in a circle.
      this.#events.onError(new ApplyError(why.message, { cause: why }))
      await this.#pause.wait(this.#ended.signal)
      return true
    }
    catch {
      return false
    }
  }
}

export { FetchError }
