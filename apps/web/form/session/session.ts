import { draw, limitVariants, type Variants } from './experiments'
import { scoreOf, type Seen } from './rules'
import { SessionTables, writable, type SessionDatabase } from './tables'

/** A score is not waited for longer: somebody has pressed Send, and what the page remembers says the same. */
const PATIENCE_MS = 200

/** The mark of the moment from which on the tables count. */
export const SESSION_OPEN = 'session-open'

export interface SessionOptions {
  /** Opens an empty database. It is asked for at the first fact, and may take its time, or fail. */
  readonly open: () => Promise<SessionDatabase>
  readonly now?: () => number
  /** From 0 to below 1. */
  readonly random?: () => number
  /** The variant that somebody asked for, where somebody may. */
  readonly asked?: (experiment: string) => string | undefined
}

/** What travels with a lead. */
export interface Visit {
  readonly score: number
  readonly variant: string | null
}

/**
 * What one visitor does in a tab, in tables of a database in memory. Every fact is remembered in the page as well, as far as the
 * rules need it: so a score is there before the database is, and where it never comes. Nothing of it is written to a disk.
 */
export class Session {
  readonly #options: SessionOptions
  #opening: Promise<SessionTables> | undefined
  #isOpen = false
  /** Whether the tables have every fact of this visit. */
  #isWhole = true
  /** Works one after the other, from before there are tables. */
  #last: Promise<unknown> = Promise.resolve()
  #seen: Seen = { views: 0, types: new Set() }
  readonly #variants = new Map<string, string>()
  readonly #renewed = new Set<() => void>()

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** Notes that a page was shown. Never fails, and never waits. */
  recordPageView(pathname: string): void {
    const at = this.#now()
    this.#seen.views++
    this.#write(tables => tables.addView(pathname, at))
  }

  /** Notes that something happened. Never fails, and never waits. @param payload whatever JSON can say */
  recordEvent(type: string, payload?: unknown): void {
    const [at, text] = [this.#now(), writable(payload)]
    this.#seen.types.add(type)
    this.#write(tables => tables.addEvent(type, text, at))
  }

  /** Notes what can happen once a visit. */
  recordFirst(type: string): void {
    if (!this.#seen.types.has(type)) this.recordEvent(type)
  }

  /** The score of all that is noted by now: counted by the tables where they are there, and by what is remembered where not. */
  async getSessionScore(): Promise<number> {
    const remembered = scoreOf(this.#seen)
    if (!this.#isOpen) return remembered
    const late = new Promise<undefined>(resolve => setTimeout(resolve, PATIENCE_MS))
    const counted = await Promise.race([this.#do(tables => tables.score()), late]).catch(() => undefined)
    return this.#isWhole ? counted ?? remembered : remembered
  }

  /** The variant of an experiment that this visitor sees: drawn when it is first asked for, the same ever after. */
  variantOf(experiment: string, variants: Variants): string {
    const known = this.#variants.get(experiment)
    if (known !== undefined) return known
    const variant = draw(experiment, variants, { random: this.#options.random ?? Math.random, asked: this.#options.asked?.(experiment) })
    this.#variants.set(experiment, variant)
    this.recordEvent('experiment', { experiment, variant })
    return variant
  }

  /** What a lead that is sent off at this moment takes along. */
  async visit(): Promise<Visit> {
    const variant = limitVariants(this.#variants)
    return { score: await this.getSessionScore(), variant }
  }

  /** The next visitor's begins: of the last one's nothing is left. */
  renew(): void {
    this.#seen = { views: 0, types: new Set() }
    this.#variants.clear()
    if (this.#opening) {
      this.#do(async (tables) => {
        await tables.clear()
        this.#isWhole = true
      }).catch(() => { this.#isWhole = false })
    }
    for (const tell of this.#renewed) tell()
  }

  /** Calls back each time that a visitor's begins. Out: how to end that. */
  onRenewed(tell: () => void): () => void {
    this.#renewed.add(tell)
    return () => void this.#renewed.delete(tell)
  }

  /** Waits until the tables have all that is noted by now. Out: the database; undefined where there is none, or it lost a fact. */
  async settled(): Promise<SessionDatabase | undefined> {
    try {
      const { database } = await this.#do(tables => Promise.resolve(tables))
      return this.#isWhole ? database : undefined
    }
    catch {
      return undefined
    }
  }

  async close(): Promise<void> {
    const tables = await this.#opening?.catch(() => undefined)
    await tables?.database.close()
  }

  readonly #now = () => new Date((this.#options.now ?? Date.now)())

  #write(work: (tables: SessionTables) => Promise<void>): void {
    this.#do(work).catch(() => { this.#isWhole = false })
  }

  #do<Result>(work: (tables: SessionTables) => Promise<Result>): Promise<Result> {
    const opening = this.#opening ??= this.#open()
    const done = this.#last.then(() => opening).then(work)
    this.#last = done.catch(() => undefined)
    return done
  }

  async #open(): Promise<SessionTables> {
    let database: SessionDatabase | undefined
    try {
      database = await this.#options.open()
      const tables = await new SessionTables(database).make()
      this.#isOpen = true
      // Shows in the browser's own tools how long the form was on its own.
      performance.mark(SESSION_OPEN)
      return tables
    }
    catch (error) {
      console.warn('The session is counted without a database:', error)
      void database?.close()
      throw error
    }
  }
}
