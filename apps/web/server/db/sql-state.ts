/** PostgreSQL ended this transaction so that another could go on: serialization failure, deadlock. */
const OUTRUN = new Set(['40001', '40P01'])
/** A statement that ran out of its time; a lock that was not to be had. */
const TOO_SLOW = new Set(['57014', '55P03'])

/** SQLSTATE of an error of pg; drizzle wraps what PostgreSQL said. Undefined where there is none. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return 'code' in error && typeof error.code === 'string' ? error.code : sqlState(error.cause)
}

/** Whether an error of pg has one of these codes. */
export const hasState = (error: unknown, states: ReadonlySet<string>): boolean => states.has(sqlState(error) ?? '')

/** Whether the same transaction, begun anew, may well succeed. */
export const isOutrun = (error: unknown): boolean => hasState(error, OUTRUN)

/** Whether PostgreSQL gave up waiting, for its own work or for a lock of another. */
export const isTooSlow = (error: unknown): boolean => hasState(error, TOO_SLOW)
