import pg from 'pg'
import { environment } from '../environment'
import { log } from '../log'

let pool: pg.Pool | undefined

/** The connections of this process. Requests do not take one themselves: they go through the doors in `door.ts`. */
export function connections(): pg.Pool {
  if (pool) return pool
  pool = new pg.Pool({
    connectionString: environment().DATABASE_URL,
    application_name: 'multi-vendor-db',
    max: 10,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 15_000,
  })
  // An idle connection that breaks is replaced by itself; without a listener it would end the process.
  pool.on('error', error => log.warn({ reason: error.message }, 'a database connection was lost'))
  return pool
}
