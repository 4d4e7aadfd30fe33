import { createHash } from 'node:crypto'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { connections } from '../db/pool'
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

  /** Counts an attempt before it is made, so that many at once do not slip through. Throws `too_many_requests`. */
  async count(key: string): Promise<void> {
    try {
      await this.#counter().consume(key)
    }
    catch (reason) {
      if (!(reason instanceof RateLimiterRes)) throw reason
      throw new Refusal('too_many_requests', {}, { 'retry-after': String(Math.ceil(reason.msBeforeNext / 1000)) })
    }
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
      storeClient: connections(), storeType: 'pool', schemaName: 'auth', tableName: 'attempts', tableCreated: true,
      keyPrefix: this.#keyPrefix, points: this.#points, duration: this.#seconds,
    })
    return this.#limiter
  }
}

/** The table of counters holds no e-mail addresses, and a long one fits. */
export const emailKey = (email: string) => createHash('sha256').update(email.trim().toLowerCase()).digest('hex')
