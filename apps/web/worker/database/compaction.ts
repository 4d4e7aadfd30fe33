import type { PGlite } from '@electric-sql/pglite'
import { createShapeEngine } from '#shape-engine'
import { copyDatabase } from './copy'
import type { Generations } from './generations'
import type { SwappableDatabase } from './swappable'
import { untilAborted } from './until-aborted'

/** Refusals of one company come shape by shape: one copy for all. */
const SETTLE_MS = 1_000
/** A copy that takes longer leaves ended data on the disk for longer: then all goes, and what may be here is fetched again. */
const LIMIT_MS = 20_000
/** A copy that is cut off has closed its files by then. */
const LETTING_GO_MS = 3_000
const DELETE_AGAIN_MS = 1_000

export interface CompactionOptions {
  live: SwappableDatabase
  generations: Pick<Generations, 'current' | 'purgeBegins' | 'purged' | 'commit' | 'deleteOthers'>
  /** Opens an empty database as the generation of a number. */
  openNext: (number: number) => Promise<NextDatabase>
  /** Last answers and whatever else is kept of rows beside the database: deleted before the rows go. */
  forgetCopies: () => Promise<void>
  /** There was no room, or no time: the whole database must be deleted now. */
  onFailed: (error: unknown) => void
  /** Another database took the place: what is not copied (search of leads) is to be made again. */
  onReplaced?: () => void
  settleMs?: number
  limitMs?: number
}

export interface NextDatabase {
  pg: PGlite
  /** Makes it safe against a kill, and ready for use: once, when it is filled. */
  settle: () => Promise<PGlite>
}

/**
 * Takes the bytes of purged shapes off the disk. Deleted rows stay in the heap and in the write-ahead log, even after
 * VACUUM FULL; so what remains is copied into a database beside, and the old one is deleted as a whole.
 *
 *   idle ── begins ──▶ noted ── rows are gone ──▶ settling ──▶ copying ──▶ swapped, old one deleted ──▶ idle
 *                        └─ nothing was held ──▶ idle           └─ failed, or over 20 s ──▶ over: all is deleted
 *
 * A kill anywhere leaves the note, and the next opening finishes what it says before anything is answered.
 */
export class Compaction {
  readonly #options: CompactionOptions
  readonly #over = new AbortController()
  /** Shapes whose rows are gone and whose bytes are not. */
  readonly #due = new Set<string>()
  /** Shapes whose purge has begun and is not over. */
  readonly #begun = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #running: Promise<void> = Promise.resolve()
  #copying: Promise<void> = Promise.resolve()

  constructor(options: CompactionOptions) {
    this.#options = options
  }

  /** Whether there is anything here that must not be here any more. */
  get isUnfinished(): boolean {
    return this.#begun.size > 0
  }

  /** A purge of these shapes begins: from here on it will be finished, whoever is killed. */
  async begins(shapes: readonly string[]): Promise<void> {
    for (const key of shapes) this.#begun.add(key)
    // Where it cannot be noted the rows go all the same: a purge that waits shows what may not be seen.
    await this.#options.generations.purgeBegins(shapes).catch((error: unknown) => console.error('A purge could not be noted:', error))
    await this.#options.forgetCopies().catch((error: unknown) => console.error('The last answers could not be deleted:', error))
  }

  /** The rows of these shapes are gone. @param held whether there was ever anything of them in the database */
  async rowsGone(shapes: readonly string[], held: boolean): Promise<void> {
    // Unless bytes of an earlier purge of theirs are still to go.
    if (!held) {
      const over = shapes.filter(key => !this.#due.has(key))
      for (const key of over) this.#begun.delete(key)
      return this.#options.generations.purged(over).catch(() => undefined)
    }
    for (const key of shapes) this.#due.add(key)
    clearTimeout(this.#timer)
    if (!this.#over.signal.aborted) this.#timer = setTimeout(() => void this.run().catch(this.#options.onFailed), this.#options.settleMs ?? SETTLE_MS)
  }

  /**
   * Copies and swaps now, where anything is due.
   * @throws where that was not possible in time: then the database holds bytes that must not be here
   */
  run(): Promise<void> {
    const next = this.#running.then(() => this.#over.signal.aborted || this.#due.size === 0 ? undefined : this.#run())
    this.#running = next.catch(() => undefined)
    return next
  }

  /**
   * Copies and swaps now, for the bytes of rows that went by themselves (ErasedBytes), and of what is due besides.
   * @throws where that was not possible in time: then the database is as it was
   */
  rewrite(): Promise<void> {
    const next = this.#running.then(async () => {
      if (this.#over.signal.aborted) return
      try {
        await this.#run()
      }
      catch (error) {
        // While the copy that was given up has not let go, nobody else may write, and no other may begin.
        await untilAborted(AbortSignal.timeout(LETTING_GO_MS), this.#copying.catch(() => undefined)).catch(this.#options.onFailed)
        throw error
      }
    })
    this.#running = next.catch(() => undefined)
    return next
  }

  /** Ends it between two slices; the note stays for the next opening. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#over.abort(new Error('The database is being closed'))
    await this.#running
    // A copy that hangs must not keep the database from being closed.
    await untilAborted(AbortSignal.timeout(LETTING_GO_MS), this.#copying).catch(() => undefined)
  }

  async #run(): Promise<void> {
    const shapes = [...this.#due]
    const { generations } = this.#options
    const { number } = await generations.current()
    // A page that was opened since may have kept what it was still shown.
    await this.#options.forgetCopies().catch(() => undefined)
    const signal = AbortSignal.any([AbortSignal.timeout(this.#options.limitMs ?? LIMIT_MS), this.#over.signal])
    this.#copying = this.#copy(number + 1, shapes, signal)
    try {
      await untilAborted(signal, this.#copying)
    }
    catch (error) {
      if (this.#over.signal.aborted) return
      throw error
    }
    for (const key of shapes) {
      this.#due.delete(key)
      this.#begun.delete(key)
    }
    this.#options.onReplaced?.()
    await this.#deleteOld(number + 1)
  }

  /** The old files are closed; where the browser still holds them it is tried until it lets go, and by the next opening. */
  async #deleteOld(keep: number): Promise<void> {
    while (!this.#over.signal.aborted) {
      try {
        return await untilAborted(this.#over.signal, this.#options.generations.deleteOthers(keep))
      }
      catch (error) {
        if (this.#over.signal.aborted) return
        console.warn('The replaced database could not be deleted yet:', error)
        await new Promise(resolve => setTimeout(resolve, DELETE_AGAIN_MS))
      }
    }
  }

  async #copy(number: number, shapes: readonly string[], signal: AbortSignal): Promise<void> {
    const { live, openNext, generations } = this.#options
    const next = await openNext(number)
    let current = false
    try {
      // The tables that the engine makes for itself.
      await createShapeEngine(next.pg)
      await live.replace(async (old) => {
        const differing = await copyDatabase(old, next.pg, signal)
        if (differing.length > 0) throw new Error(`The tables ${differing.join()} differ between the two`)
        return next.settle()
      }, async () => {
        signal.throwIfAborted()
        await generations.commit(number, shapes)
        current = true
      })
    }
    finally {
      if (!current) await next.pg.close().catch(() => undefined)
    }
  }
}
