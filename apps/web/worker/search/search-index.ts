import type { PGliteInterface } from '@electric-sql/pglite'
import { beginFills, doSlice } from './slices'

export interface SearchIndexOptions {
  pg: PGliteInterface
  /** The side tables changed. @param filling more is about to come */
  onChanged: (tables: readonly string[], filling: boolean) => void
  /** How long to wait after a slice that failed (a full disk). */
  retryAfterMs?: number
}

/**
 * What a slice aims at, in milliseconds and rows: other queries wait for one slice at most, which is 30 ms. The first
 * statements of a worker are slow ones (50 rows took 40 ms), and the time of a slice varies by half on an idle machine.
 */
const SLICE_MS = 15
const FIRST_SIZE = 20
const SMALLEST_SIZE = 10
const LARGEST_SIZE = 1000
/** A slice grows by so much after one that was short enough; after one that was not it shrinks by as much as is needed. */
const GROWTH = 1.15
/** A name that was not there costs as much as so many rows that have a known one: its words and their trigrams are written. */
const ROWS_A_NAME = 4
/** Before each slice the thread is free so long for messages and the queries that they bring. */
const PAUSE_MS = 4
/**
 * While queries follow one another the next slice is put off for so long, then it has its turn. By time and not by their
 * number: where the machine is slow a pause is long, and one query of 12 ms every 30 ms kept 4,000 rows from search for ever.
 */
const LONGEST_PUT_OFF_MS = 50
/** A timer of an idle thread is not later than this. */
const LATE_MS = 2
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
      await this.#giveWay()
      if (this.#ended.signal.aborted) return
      const began = performance.now()
      const { kind } = await doSlice(this.#options.pg, this.#size, Math.ceil(this.#size / ROWS_A_NAME))
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
    for (;;) {
      const until = Math.min(this.#wokenAt + SHOWING_MS, began + LONGEST_SHOWING_MS)
      if (performance.now() >= until || this.#ended.signal.aborted) return
      await pause(until - performance.now(), this.#ended.signal)
    }
  }

  /**
   * Leaves the thread to others until they leave it too. PGlite computes on the thread of the messages: a timer that is
   * late says that queries ran, and whoever asked them asks the next one when the answer is there.
   */
  async #giveWay(): Promise<void> {
    const until = performance.now() + LONGEST_PUT_OFF_MS
    while (!this.#ended.signal.aborted) {
      const began = performance.now()
      await pause(PAUSE_MS, this.#ended.signal)
      const now = performance.now()
      if (now - began < PAUSE_MS + LATE_MS || now > until) return
    }
  }

  #fit(took: number): void {
    if (took > 2 * SLICE_MS) this.#size *= 0.5
    else if (took > SLICE_MS) this.#size *= SLICE_MS / took
    else this.#size *= GROWTH
    this.#size = Math.round(Math.min(LARGEST_SIZE, Math.max(SMALLEST_SIZE, this.#size)))
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
