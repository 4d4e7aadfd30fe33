import type { PGlite, Transaction } from '@electric-sql/pglite'
import type { Clock } from './clock'

/** What is thrown inside a transaction to end it as a kill ends it. It never reaches the code under test. */
class Killed extends Error {}

/** Where in the statement that is its last one the leader dies. */
export type Moment = 'before' | 'after'

const CALLS = new Set<PropertyKey>(['query', 'sql', 'exec', 'describeQuery'])

/**
 * A database as a leader sees it that may be killed at any statement: from that moment on nothing it called ever answers,
 * and the transaction that was open is rolled back, as PostgreSQL does when it starts again. A commit counts as a
 * statement: dead before it nothing is there, dead after it everything is, and nobody was told.
 */
export class MortalDatabase {
  readonly pg: PGlite
  readonly #real: PGlite
  readonly #clock: Clock
  readonly #onDeath: () => void
  readonly #death: Promise<never>
  #die: (reason: Killed) => void = () => {}
  #isDead = false
  #left = Infinity
  /** Which statements count; all where it is not said. */
  #says: RegExp | undefined
  #moment: Moment = 'before'
  #open = 0
  #closed: (() => void)[] = []

  /** @param onDeath called once, at the moment of the death */
  constructor(real: PGlite, clock: Clock, onDeath: () => void) {
    this.#real = real
    this.#clock = clock
    this.#onDeath = onDeath
    this.#death = new Promise<never>((_, reject) => { this.#die = reject })
    this.#death.catch(() => undefined)
    this.pg = this.#through(real)
  }

  /** It dies at the `count`-th statement from now on. @param says of those whose text has this in it, where given; a commit has no text */
  dieAt(count: number, moment: Moment, says?: string): void {
    this.#left = count
    this.#moment = moment
    this.#says = says === undefined ? undefined : new RegExp(says)
  }

  /** It dies now. Resolves when the database is free of it. */
  async kill(): Promise<void> {
    this.#end()
    if (this.#open > 0) await new Promise<void>(resolve => this.#closed.push(resolve))
    await this.#real.query('SELECT 1')
  }

  #end(): void {
    if (this.#isDead) return
    this.#isDead = true
    this.#die(new Killed('killed'))
    this.#onDeath()
  }

  /** Counts a statement. Throws where the leader is dead or dies before it. */
  #before(text?: unknown): void {
    if (this.#isDead) throw new Killed('killed')
    if (this.#moment === 'before' && this.#counts(text) && --this.#left === 0) {
      this.#end()
      throw new Killed('killed')
    }
  }

  #after(text?: unknown): void {
    if (this.#moment === 'after' && this.#counts(text) && --this.#left === 0) this.#end()
  }

  #counts(text: unknown): boolean {
    return this.#says === undefined || (typeof text === 'string' && this.#says.test(text))
  }

  /** Calls the database; what it answers is heard only by the living. */
  #call<T>(work: () => Promise<T>, text: unknown): Promise<T> {
    const done = this.#clock.begin()
    return new Promise<T>((resolve, reject) => {
      const answer = async () => {
        this.#before(text)
        const value = await work()
        this.#after(text)
        return value
      }
      this.#open++
      answer().finally(() => {
        done()
        if (--this.#open === 0) for (const tell of this.#closed.splice(0)) tell()
      }).then(value => this.#isDead || resolve(value), (error: unknown) => this.#isDead || reject(error))
    })
  }

  #through<Target extends PGlite | Transaction>(target: Target): Target {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        if (name === 'transaction') return <T>(work: (tx: Transaction) => Promise<T>) => this.#transaction(work)
        if (!CALLS.has(name)) return value.bind(target) as unknown
        return (...given: unknown[]) => this.#call(() => Reflect.apply(value, target, given) as Promise<unknown>, given[0])
      },
    })
  }

  #transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const done = this.#clock.begin()
    return new Promise<T>((resolve, reject) => {
      this.#open++
      this.#real.transaction(async (tx) => {
        if (this.#isDead) throw new Killed('killed')
        const result = await Promise.race([work(this.#through(tx)), this.#death])
        this.#before()
        return result
      }).then((result) => {
        this.#after()
        return result
      }).finally(() => {
        done()
        if (--this.#open === 0) for (const tell of this.#closed.splice(0)) tell()
      }).then(result => this.#isDead || resolve(result), (error: unknown) => this.#isDead || reject(error))
    })
  }
}
