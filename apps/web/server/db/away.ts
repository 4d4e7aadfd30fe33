const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH'])
/** Class 08: connection; 57P0x: shut down, crashed, starting up; 53300: no free connection. */
const POSTGRES = /^(?:08...|57P0.|53300)$/
/** pg gives these no code. */
const PG_SENTENCES = /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|not queryable/

/** Whether an error means that PostgreSQL cannot be reached now, so that trying again later is right. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return NETWORK.has(code) || POSTGRES.test(code) || PG_SENTENCES.test(error.message) || isDatabaseAway(error.cause)
}
