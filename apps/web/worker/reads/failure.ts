import type { QueryFailure } from '#shared/protocol/leader'

/** What of an error a tab is told: its sentence, and the SQLSTATE where the database gave one. */
export function failureOf(error: unknown): QueryFailure {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return { message, ...(typeof code === 'string' && { sqlstate: code }) }
}
