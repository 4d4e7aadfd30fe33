import type { PGliteInterface } from '@electric-sql/pglite'
import type { QueryFailure } from '#shared/protocol/leader'
import { reads } from '#shared/reads/index'
import { checkPositional } from '#shared/reads/read'
import { failureOf } from './failure'

export type ReadOutcome = { rows: object[] } | { failure: QueryFailure }
type Listener = (outcome: ReadOutcome) => void

/** While a first sync fills the tables, a read runs again at most so often, and never for more than half of the time. */
const FILLING_EVERY_MS = 250

interface LiveRead {
  readonly sql: string
  readonly params: unknown[]
  readonly views: readonly string[]
  readonly listeners: Set<Listener>
  /** What was pushed last, to push only what differs. */
  last: { outcome: ReadOutcome, text: string } | undefined
  state: 'idle' | 'waiting' | 'running'
  /** A table of its views was written to while it ran. */
  stale: boolean
  /** When it last ended, and how long it took. */
  endedAt: number
  took: number
}

/**
 * Named reads that are kept true. Equal ones of any number of tabs run once; one runs again when a table of its views
 * was written to. That is known without triggers: this leader is the only one who writes.
 */
export class LiveReads {
  readonly #pg: PGliteInterface
  readonly #reads = new Map<string, LiveRead>()
  #filling = false
  #closed = false

  constructor(pg: PGliteInterface) {
    this.#pg = pg
  }

  /** Runs a read once. */
  async once(name: string, values: readonly unknown[]): Promise<ReadOutcome> {
    try {
      const { sql, params } = prepare(name, values)
      return { rows: (await this.#pg.query<object>(sql, params)).rows }
    }
    catch (error) {
      return { failure: failureOf(error) }
    }
  }

  /** Calls the listener with the rows now and after each change of them. Answers how to end that. */
  subscribe(name: string, values: readonly unknown[], listener: Listener): () => void {
    const key = JSON.stringify([name, values])
    let read = this.#reads.get(key)
    if (read) {
      if (read.last) listener(read.last.outcome)
    }
    else {
      try {
        read = { ...prepare(name, values), listeners: new Set(), last: undefined, state: 'idle', stale: false, endedAt: 0, took: 0 }
      }
      catch (error) {
        listener({ failure: failureOf(error) })
        return () => undefined
      }
      this.#reads.set(key, read)
      void this.#run(read)
    }
    const kept = read
    kept.listeners.add(listener)
    return () => {
      kept.listeners.delete(listener)
      if (kept.listeners.size === 0 && this.#reads.get(key) === kept) this.#reads.delete(key)
    }
  }

  /** Rows of these tables changed. @param filling a first sync is filling them */
  changed(tables: readonly string[], filling: boolean): void {
    this.#filling = filling
    for (const read of this.#reads.values()) if (read.views.some(view => tables.includes(view))) this.#refresh(read)
  }

  close(): void {
    this.#closed = true
    this.#reads.clear()
  }

  #refresh(read: LiveRead): void {
    if (read.state === 'running') read.stale = true
    if (read.state !== 'idle') return
    read.state = 'waiting'
    const pause = this.#filling ? Math.max(FILLING_EVERY_MS, read.took) : 0
    // The first page of a first sync is shown at once: nothing ran shortly before it.
    const wait = Math.max(0, read.endedAt + pause - performance.now())
    setTimeout(() => void this.#run(read), wait)
  }

  async #run(read: LiveRead): Promise<void> {
    if (this.#closed) return
    read.state = 'running'
    read.stale = false
    const began = performance.now()
    const outcome = await this.#pg.query<object>(read.sql, read.params).then(({ rows }): ReadOutcome => ({ rows }), (error: unknown): ReadOutcome => ({ failure: failureOf(error) }))
    read.endedAt = performance.now()
    read.took = read.endedAt - began
    if (this.#closed) return
    const text = JSON.stringify(outcome, (_key, value: unknown) => typeof value === 'bigint' ? `${value}n` : value)
    const isNew = read.last?.text !== text
    read.last = { outcome, text }
    if (isNew) for (const listener of read.listeners) listener(outcome)
    read.state = 'idle'
    if (read.stale && read.listeners.size > 0) this.#refresh(read)
  }
}

function prepare(name: string, values: readonly unknown[]) {
  const read = Object.hasOwn(reads, name) ? reads[name] : undefined
  if (!read) throw new Error(`There is no read named ${name}`)
  return { sql: read.sql, params: checkPositional(read, values), views: read.views }
}
