import { ProcessLimiter } from '../session/limiter'

/** Ten a second for a minute: more than hands make, and what a page saved up without a network goes out in a few minutes. */
const MUTATIONS = 600
const SECONDS = 60

const limiter = new ProcessLimiter(MUTATIONS, SECONDS)

/**
 * Counts the mutations of a person, on all devices together, before any of them is decided: a request is taken whole or
 * not at all. Throws `too_many_requests`.
 */
export const countMutations = (userId: string, count: number) => limiter.count(userId, count)
