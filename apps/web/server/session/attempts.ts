import { createHash } from 'node:crypto'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { connections } from '../db/pool'
import { Refusal } from '../http/refusal'

const WINDOW_SECONDS = 15 * 60
/** Many people of one office share an address; one account has one person. */
const PER_ADDRESS = 50
const PER_EMAIL = 10

interface Limiters { address: RateLimiterPostgres, email: RateLimiterPostgres }
let limiters: Limiters | undefined

function limiter(keyPrefix: string, points: number): RateLimiterPostgres {
  return new RateLimiterPostgres({
    storeClient: connections(), storeType: 'pool', schemaName: 'auth', tableName: 'attempts', tableCreated: true,
    keyPrefix, points, duration: WINDOW_SECONDS,
  })
}

function both(): Limiters {
  limiters ??= { address: limiter('sign-in-address', PER_ADDRESS), email: limiter('sign-in-email', PER_EMAIL) }
  return limiters
}

/** The table of counters holds no e-mail addresses, and a long one fits. */
const emailKey = (email: string) => createHash('sha256').update(email.toLowerCase()).digest('hex')

/** Counts an attempt before it is made, so that many at once do not slip through. Throws `too_many_requests`. */
export async function countAttempt(address: string, email: string): Promise<void> {
  await consume(both().address, address)
  await consume(both().email, emailKey(email))
}

/** A good password takes its attempt back. */
export async function forgiveAttempt(address: string, email: string): Promise<void> {
  await both().address.reward(address, 1)
  await both().email.delete(emailKey(email))
}

async function consume(limiter: RateLimiterPostgres, key: string): Promise<void> {
  try {
    await limiter.consume(key)
  }
  catch (reason) {
    if (!(reason instanceof RateLimiterRes)) throw reason
    throw new Refusal('too_many_requests', {}, { 'retry-after': String(Math.ceil(reason.msBeforeNext / 1000)) })
  }
}
