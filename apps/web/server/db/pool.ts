import pg from 'pg'
import { environment } from '../environment'
import { log } from '../log'

/** Reads and mutations have ten between them at most; the others are for sync, sign-in and health, which wait for neither. */
export const MOST_CONNECTIONS = 12

let pool: pg.Pool | undefined

/** The connections of this process. Requests do not take one themselves: they go through the doors in `door.ts`. */
export function connections(): pg.Pool {
  if (pool) return pool
  pool = new pg.Pool({
    connectionString: environment().DATABASE_URL,
    application_name: 'multi-vendor-db',
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    // PostgreSQL's own limits end nothing where its machine is gone without a word. Longer than any statement may take.
    query_timeout: 75_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    idle_in_transaction_session_timeout: 15_000,
  })
  // A connection that breaks is replaced by itself; without a listener it would end the process. The pool listens to
  // those that are idle only, not to one that is lent out between two statements, nor to one that it is closing.
  const lost = (error: Error) => log.warn({ reason: error.message }, 'a database connection was lost')
  pool.on('error', lost)
  pool.on('connect', client => client.on('error', lost))
  return pool
}
