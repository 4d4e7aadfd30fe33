import { ShapeStream, type ShapeStreamInterface, type ShapeStreamOptions } from '@electric-sql/client'
import { Pause } from '../transport/pause'
import type { TextRow } from './local-table'
import type { Applied, ShapeApplier } from './shape-applier'
import type { SnapshotRows } from './snapshot-rows'
import { StreamFetch } from './stream-fetch'
import type { ShapeMessage } from './write-changes'
import { MissingRowError } from './write-rows'

/** A batch could not be applied; it is tried again, and the cursor has not moved. */
export class ApplyError extends Error {
  override readonly name = 'ApplyError'
}

/** Reads are queued within a turn of the event loop; the next transaction queues behind them. */
const HEAD_TURN_MS = 5

export interface SessionEvents {
  onApplied: (applied: Applied) => void
  /** The stream was refused (FetchError and the like) or a batch could not be applied (ApplyError); both are tried again. */
  onError: (error: Error) => void
  /** Throws where there is no room for so many rows more. */
  room?: (rows: number) => Promise<void>
}

/**
 * Keeps one shape running until it is stopped: opens the stream at the cursor, hands each answer to the applier and
 * waits for it, and opens the stream anew after whatever ended it.
 *
 *   streaming ──▶ refused, or a batch could not be applied
 *       ▲                          │
 *       └── pause, from the cursor ┘
 *
 * A batch that could not be applied is asked for again: meanwhile the server may have cut the shape off, and a page in
 * memory that nobody can store helps nobody.
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
  /** So many rows had no room at the last try. */
  #unstored = 0

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
      // Before the stream is opened: a page that cannot be stored is not fetched again and again.
      const full = await this.#noRoom(this.#unstored)
      // A stream that is opened after the end would hear of no end.
      if (this.#ended.signal.aborted) return
      const refused = full ?? await this.#streamOnce()
      if (!refused || this.#ended.signal.aborted) continue
      this.#events.onError(refused)
      await this.#pause.wait(this.#ended.signal)
    }
  }

  /** Runs one stream to its end. Answers why it does not go on, or nothing where it was ended from here. */
  #streamOnce(): Promise<Error | undefined> {
    const { handle, offset } = this.#applier.position
    const ending = new AbortController()
    const end = () => ending.abort()
    this.#ended.signal.addEventListener('abort', end)
    let applying: Promise<void> = Promise.resolve()
    return new Promise<Error | undefined>((resolve) => {
      ending.signal.addEventListener('abort', () => resolve(undefined))
      this.#fromStart = false
      const streamFetch = new StreamFetch(this.#shape.fetchClient ?? ((...args) => fetch(...args)), () => {
        this.#fromStart = true
      })
      const stream = this.#stream = new ShapeStream<TextRow>({
        ...this.#shape,
        // The client remembers per address what it saw last, and holds back an up-to-date that looks like a repeat.
        params: { ...this.#shape.params, stream: `${++this.#starts}` },
        offset,
        ...(handle !== null && { handle }),
        signal: ending.signal,
        liveRequestTimeoutMs: this.#shape.liveRequestTimeoutMs ?? false,
        fetchClient: streamFetch.fetch,
        // Not retried in there: it gives up after 50 tries, and it cannot be woken.
        onError: error => resolve(error),
      })
      stream.subscribe((messages) => {
        // A batch that was on its way when the stream was ended.
        if (ending.signal.aborted) return
        applying = this.#deliver(stream, () => streamFetch.read(messages)).then((failure) => {
          if (!failure) return
          resolve(failure)
          ending.abort()
        })
        return applying
      })
    }).catch((error: unknown) => error instanceof Error ? error : new Error(String(error))).then(async (refused) => {
      ending.abort()
      await applying
      this.#ended.signal.removeEventListener('abort', end)
      return refused
    })
  }

  /** Why so many rows more cannot be stored; undefined where they can. */
  async #noRoom(rows: number): Promise<ApplyError | undefined> {
    try {
      await this.#events.room?.(rows)
      this.#unstored = 0
      return undefined
    }
    catch (error) {
      this.#unstored = rows
      return new ApplyError(error instanceof Error ? error.message : String(error), { cause: error })
    }
  }

  /** Applies a batch. Never throws: the client would go on with the next batch. Answers why it could not be applied. */
  async #deliver(stream: ShapeStream<TextRow>, messages: () => (ShapeMessage | SnapshotRows)[]): Promise<Error | undefined> {
    let rows = 0
    try {
      const batch = messages()
      rows = batch.reduce((sum, part) => sum + ('count' in part ? part.count : 1), 0)
      const full = await this.#noRoom(rows)
      if (full) return full
      const applied = await this.#applier.apply(batch, { handle: stream.shapeHandle, offset: stream.lastOffset }, this.#fromStart, () => this.#showHead())
      this.#fromStart = false
      this.#pause.reset()
      this.#events.onApplied(applied)
      return undefined
    }
    catch (error) {
      const failure = new ApplyError(error instanceof Error ? error.message : String(error), { cause: error })
      // If that fails too, the stream comes back to the same update and to this.
      if (error instanceof MissingRowError) await this.#applier.refetch().catch(() => undefined)
      // A browser that refuses a write gives PostgreSQL no reason ("File too large", XX000): whether there is room tells.
      return await this.#noRoom(rows) ?? failure
    }
  }

  /** Tells of the first rows, and lets what reads them have its turn of the database before the rest is written. */
  async #showHead(): Promise<void> {
    this.#events.onApplied({ upToDate: false, changed: true })
    await new Promise(resolve => setTimeout(resolve, HEAD_TURN_MS))
  }
}
