import type { PGliteInterface } from '@electric-sql/pglite'
import { liveKey, type QueryFailure } from '#shared/protocol/leader'
import { rowChanges, type RowChanges } from '#shared/protocol/row-changes'
import { reads } from '#shared/reads/index'
import { checkPositional, type AnyRead } from '#shared/reads/read'
import { failureOf } from './failure'

/** `complete`: whether the local copy holds all that the read needs; undefined until that is known. */
export type ReadOutcome = { rows: object[], complete?: boolean } | { failure: QueryFailure }
/** Runs the text of a read: a query, or prepared (see PreparedReads). */
export type RunRead = (read: AnyRead, params: readonly unknown[]) => Promise<object[]>
export type IsComplete = (read: AnyRead, values: readonly unknown[]) => Promise<boolean | undefined>
/** @param changes how the rows came of those that were pushed last; undefined where there were none, or a failure */
type Listener = (outcome: ReadOutcome, changes?: RowChanges) => void

/** While a first sync fills the tables, a read runs again at most so often, and never for more than half of the time. */
const FILLING_EVERY_MS = 250
/** A read that takes longer takes at most half of the time of the one thread, however often its tables change. */
const SLOW_MS = 50

interface LiveRead {
  readonly read: AnyRead
  readonly params: unknown[]
  readonly listeners: Set<Listener>
  complete: boolean | undefined
  /** What was pushed last, to push only what differs. */
  last: ReadOutcome | undefined
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
  readonly #runRead: RunRead
  readonly #isComplete: IsComplete
  readonly #reads = new Map<string, LiveRead>()
  #filling = false
  #closed = false

  constructor(pg: Pick<PGliteInterface, 'query'>, isComplete: IsComplete = () => Promise.resolve(undefined), runRead?: RunRead) {
    this.#runRead = runRead ?? (async (read, params) => (await pg.query<object>(read.sql, [...params])).rows)
    this.#isComplete = isComplete
  }

  /** Runs a read once. */
  async once(name: string, values: readonly unknown[]): Promise<ReadOutcome> {
    try {
      const { read, params } = prepare(name, values)
      return { rows: await this.#runRead(read, params) }
    }
    catch (error) {
      return { failure: failureOf(error) }
    }
  }

  /** Calls the listener with the rows now and after each change of them. Answers how to end that. */
  subscribe(name: string, values: readonly unknown[], listener: Listener): () => void {
    const key = liveKey(name, values)
    let read = this.#reads.get(key)
    if (read) {
      if (read.last) listener(read.last)
    }
    else {
      try {
        read = { ...prepare(name, values), listeners: new Set(), complete: undefined, last: undefined, state: 'idle', stale: false, endedAt: 0, took: 0 }
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
    for (const read of this.#reads.values()) if (read.read.views.some(view => tables.includes(view))) this.#refresh(read)
  }

  /** Whether anything may be shown changed: every read is run again, and told what comes of it. */
  allChanged(): void {
    for (const read of this.#reads.values()) this.#refresh(read)
  }

  /** What is held here changed: a shape was completed, or a company came or went. Pushes to whom that makes a difference. */
  async heldChanged(): Promise<void> {
    for (const read of [...this.#reads.values()]) {
      if (read.complete !== await this.#isComplete(read.read, read.params).catch(() => undefined)) this.#refresh(read)
    }
  }

  close(): void {
    this.#closed = true
    this.#reads.clear()
  }

  #refresh(read: LiveRead): void {
    if (read.state === 'running') read.stale = true
    if (read.state !== 'idle') return
    read.state = 'waiting'
    const pause = Math.max(read.read.everyMs ?? 0, read.took > SLOW_MS ? read.took : 0, this.#filling ? Math.max(FILLING_EVERY_MS, read.took) : 0)
    // The first page of a first sync is shown at once: nothing ran shortly before it.
    const wait = Math.max(0, read.endedAt + pause - performance.now())
    setTimeout(() => void this.#run(read), wait)
  }

  async #run(read: LiveRead): Promise<void> {
    if (this.#closed) return
    read.state = 'running'
    read.stale = false
    const began = performance.now()
    const outcome = await this.#query(read).catch((error: unknown): ReadOutcome => ({ failure: failureOf(error) }))
    read.endedAt = performance.now()
    read.took = read.endedAt - began
    if (this.#closed) return
    const { last } = read
    const changes = last && 'rows' in last && 'rows' in outcome ? rowChanges(last.rows, outcome.rows) : undefined
    if (!last || !saysTheSame(last, outcome, changes)) {
      read.last = outcome
      for (const listener of read.listeners) listener(outcome, changes)
    }
    read.state = 'idle'
    if (read.stale && read.listeners.size > 0) this.#refresh(read)
  }

  /** Completeness first: rows that are read after it are at least what it speaks of. */
  async #query(live: LiveRead): Promise<ReadOutcome> {
    const { read, params } = live
    live.complete = await this.#isComplete(read, params)
    const rows = await this.#runRead(read, params)
    return { rows, ...(live.complete !== undefined && { complete: live.complete }) }
  }
}

function saysTheSame(last: ReadOutcome, now: ReadOutcome, changes: RowChanges | undefined): boolean {
  if ('rows' in last && 'rows' in now) return changes?.same === true && last.complete === now.complete
  return 'failure' in last && 'failure' in now && last.failure.message === now.failure.message && last.failure.sqlstate === now.failure.sqlstate
}

function prepare(name: string, values: readonly unknown[]) {
  const read = Object.hasOwn(reads, name) ? reads[name] : undefined
  if (!read) throw new Error(`There is no read named ${name}`)
  return { read, params: checkPositional(read, values) }
}
