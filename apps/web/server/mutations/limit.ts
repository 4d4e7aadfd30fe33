import { ProcessLimiter } from '../session/limiter'

/**
 * More than hands make and most of what weeks without a network save up: 10,000 edits go out in one go. What it guards is
 * the database's time, of which one person at a time takes two turns of three (see `turns`).
 */
const MUTATIONS = 12_000
const SECONDS = 60

const limiter = new ProcessLimiter(MUTATIONS, SECONDS)

/**
 * Counts the mutations of a person, on all devices together, before any of them is decided: a request is taken whole or
 * not at all. Throws `too_many_requests`.
 */
export const countMutations = (userId: string, count: number) => limiter.count(userId, count)
