/** SQLSTATE classes whose message may quote a value: data exception, integrity constraint violation, what a trigger raises. */
const QUOTING = /^(?:2[23]|P0)/

/**
 * What of an error may be logged: where it came from and what kind it is. drizzle puts a statement's parameters into its
 * message, and PostgreSQL a row's values into its detail: e-mail addresses and hashes of tokens among them.
 */
export function withoutData(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error
  const origin = 'query' in error && error.cause instanceof Error ? error.cause : error
  const code = 'code' in origin ? String(origin.code) : undefined
  return {
    type: origin.name,
    code,
    message: code !== undefined && QUOTING.test(code) ? undefined : origin.message,
    at: error.stack?.split('\n').filter(line => /^\s+at /.test(line)).join('\n'),
  }
}
