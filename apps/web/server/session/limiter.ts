import { createHash } from 'node:crypto'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { askLimits } from '../db/door'
import { Refusal } from '../http/refusal'

/** Counts attempts in PostgreSQL, so that all replicas count together. */
export class Limiter {
  readonly #keyPrefix: string
  readonly #points: number
  readonly #seconds: number
  #limiter: RateLimiterPostgres | undefined

  /** At most `points` attempts of one key in `seconds`. `keyPrefix` tells one kind of attempt from the others. */
  constructor(keyPrefix: string, points: number, seconds: number) {
    this.#keyPrefix = keyPrefix
    this.#points = points
    this.#seconds = seconds
  }

  /** Counts an attempt, or so many, before it is made, so that many at once do not slip through. Throws `too_many_requests`. */
  async count(key: string, points = 1): Promise<void> {
    await refuseBeyond(this.#counter().consume(key, points))
  }

  /** Takes one attempt of a key back. */
  async reward(key: string): Promise<void> {
    await this.#counter().reward(key, 1)
  }

  /** Takes all attempts of a key back. */
  async forget(key: string): Promise<void> {
    await this.#counter().delete(key)
  }

  #counter(): RateLimiterPostgres {
    this.#limiter ??= new RateLimiterPostgres({
      storeClient: { query: askLimits }, storeType: 'pool', schemaName: 'auth', tableName: 'attempts', tableCreated: true,
      keyPrefix: this.#keyPrefix, points: this.#points, duration: this.#seconds,
    })
    return this.#limiter
  }
}

/** Counts in this process alone: for what protects the process itself, at the cost of no statement. */
export class ProcessLimiter {
  readonly #limiter: RateLimiterMemory

  /** At most `points` of one key in `seconds`. */
  constructor(points: number, seconds: number) {
    this.#limiter = new RateLimiterMemory({ points, duration: seconds })
  }

  /** Counts so many of a key before they are done. Throws `too_many_requests`. */
  async count(key: string, points = 1): Promise<void> {
    await refuseBeyond(this.#limiter.consume(key, points))
  }
}

async function refuseBeyond(counted: Promise<RateLimiterRes>): Promise<void> {
  try {
    await counted
  }
  catch (reason) {
    if (!(reason instanceof RateLimiterRes)) throw reason
    throw new Refusal('too_many_requests', {}, { 'retry-after': String(Math.ceil(reason.msBeforeNext / 1000)) })
  }
}

/** The table of counters holds no e-mail addresses, and a long one fits. */
export const emailKey = (email: string) => createHash('sha256').update(email.trim().toLowerCase()).digest('hex')
