import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { Refusal } from '../http/refusal'

/** A page asks for ten reads when it opens and for as many every 10 s; the rest is for someone who opens folders quickly. */
const READS = 300
const SECONDS = 10

// Counted in this process alone: what is protected is its connections.
const limiter = new RateLimiterMemory({ points: READS, duration: SECONDS })

/** Counts a read of a session. Throws `too_many_requests`. */
export async function countRead(session: string): Promise<void> {
  try {
    await limiter.consume(session)
  }
  catch (reason) {
    if (!(reason instanceof RateLimiterRes)) throw reason
    throw new Refusal('too_many_requests', {}, { 'retry-after': String(Math.ceil(reason.msBeforeNext / 1000)) })
  }
}
