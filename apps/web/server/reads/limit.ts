import { ProcessLimiter } from '../session/limiter'

/** A page asks for ten reads when it opens and for as many every 10 s; the rest is for someone who opens folders quickly. */
const READS = 300
const SECONDS = 10

const limiter = new ProcessLimiter(READS, SECONDS)

/** Counts a read of a session. Throws `too_many_requests`. */
export const countRead = (session: string) => limiter.count(session)
