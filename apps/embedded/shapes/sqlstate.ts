/** Postgres' SQLSTATE of an error, or Node's code of a failed connection, or empty. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** An error of the where on these values, as opposed to a lost connection or a server that is stopping. */
export function isPredicateError(error: unknown): boolean {
  return /^(?:0A|21|22|23|2F|38|39|42|44|54|57014|P0)/.test(codeOf(error))
}

/** The statement took longer than its role may. */
export function isTimeout(error: unknown): boolean {
  return codeOf(error) === '57014'
}
