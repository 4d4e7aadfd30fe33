import { MovedMeanwhile } from './tree-locks'

/** Serialization failure, deadlock: PostgreSQL ended this transaction so that another could go on. */
const OUTRUN = new Set(['40001', '40P01'])
/** A statement that ran out of its time; a lock that was not to be had. */
const TOO_SLOW = new Set(['57014', '55P03'])

/** drizzle wraps what PostgreSQL said. */
function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return 'code' in error && typeof error.code === 'string' ? error.code : sqlState(error.cause)
}

/** Whether the same transaction, begun anew, may well succeed. */
export const isOutrun = (error: unknown): boolean => error instanceof MovedMeanwhile || OUTRUN.has(sqlState(error) ?? '')

export const isTooSlow = (error: unknown): boolean => TOO_SLOW.has(sqlState(error) ?? '')
