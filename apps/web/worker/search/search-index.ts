import type { PGliteInterface } from '@electric-sql/pglite'
import { beginFills, doSlice } from './slices'

export interface SearchIndexOptions {
  pg: PGliteInterface
  /** The side tables changed. @param filling more is about to come */
  onChanged: (tables: readonly string[], filling: boolean) => void
  /** How long to wait after a slice that failed (a full disk). */
  retryAfterMs?: number
}

/** What a slice aims at, and where it begins: other queries wait for one slice at most. */
const SLICE_MS = 20
const FIRST_SIZE = 50
const LARGEST_SIZE = 2000
/** After each slice the thread is free so long for messages and the queries that they bring. */
const PAUSE_MS = 4
/** After rows were written it is free so long for the reads that show them; where rows keep coming, not for ever. */
const SHOWING_MS = 50
const LONGEST_SHOWING_MS = 250
/** Pages are told at most so often while more is to come. */
const TELL_EVERY_MS = 500
const AGAIN_MS = 5000

const TABLES = ['search_documents', 'search_fills']

/**
 * Keeps the side tables of search full, in slices between which every other query has its turn.
 *
 *   resting ── woken ──▶ working ── nothing waits ──▶ resting
 *                          │ ▲
 *               failed     ▼ │ after a pause
 *                        waiting
 *
 * What is to be done is in the tables (`search_fills`, `search_changes`), not here: a kill loses one slice.
 */
export class SearchIndex {
  readonly #options: SearchIndexOptions
  readonly #ended = new AbortController()
  #isDue = false
  #working: Promise<void> | undefined
  #size = FIRST_SIZE
  #toldAt = 0
  #wokenAt = 0

  constructor(options: SearchIndexOptions) {
    this.#options = options
  }

  /** Something may be there to be done: rows were written, a shape became whole. */
  wake(): void {
    this.#isDue = true
    this.#wokenAt = performance.now()
    if (this.#ended.signal.aborted) return
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
      if (this.#isDue) this.wake()
    })
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#working) await this.#working
  }

  /** Ends the work; resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.#ended.abort()
    this.#isDue = false
    await this.#working
  }

  async #work(): Promise<void> {
    while (this.#isDue && !this.#ended.signal.aborted) {
      this.#isDue = false
      try {
        await this.#catchUp()
      }
      catch (error) {
        console.warn('Search could not be brought up to date:', error)
        await pause(this.#options.retryAfterMs ?? AGAIN_MS, this.#ended.signal)
        this.#isDue = true
      }
    }
  }

  async #catchUp(): Promise<void> {
    await this.#letShow()
    if (this.#ended.signal.aborted || !await beginFills(this.#options.pg)) return
    let took = false
    while (!this.#ended.signal.aborted) {
      await this.#letShow()
      if (this.#ended.signal.aborted) return
      const began = performance.now()
      const { kind } = await doSlice(this.#options.pg, this.#size)
      if (kind === 'none') break
      took = true
      this.#fit(performance.now() - began)
      this.#tell(kind === 'fill')
    }
    if (took && !this.#ended.signal.aborted) this.#options.onChanged(TABLES, false)
  }

  /** A pause first: what woke it up, rows that were just applied, is painted before it is taken up. */
  async #letShow(): Promise<void> {
    const began = performance.now()
    do {
      const rest = this.#wokenAt + SHOWING_MS - performance.now()
      await pause(Math.max(PAUSE_MS, rest), this.#ended.signal)
    } while (performance.now() < Math.min(this.#wokenAt + SHOWING_MS, began + LONGEST_SHOWING_MS) && !this.#ended.signal.aborted)
  }

  /** Half the rows where a slice took long, and a little more where it was short; a first one is slow and tells little. */
  #fit(took: number): void {
    const factor = Math.min(1.5, Math.max(0.4, SLICE_MS / Math.max(took, 1)))
    this.#size = Math.round(Math.min(LARGEST_SIZE, Math.max(10, this.#size * factor)))
  }

  #tell(filling: boolean): void {
    const now = performance.now()
    if (now - this.#toldAt < TELL_EVERY_MS) return
    this.#toldAt = now
    this.#options.onChanged(TABLES, filling)
  }
}

/** Ends early, and without an error, when it is told to stop. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}
