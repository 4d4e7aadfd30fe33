import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { hasState, isOutrun } from './sql-state'

/**
 * A change of a table waits for everybody who uses it, and everybody who comes later waits behind it: it gives up after so
 * long, lets them through and asks again.
 */
const LOCK_MS = 2_000
const PAUSE_MS = { first: 250, longest: 5_000 }
/** With the pauses about a minute: longer than any request, shorter than the patience of whoever deploys. */
const ATTEMPTS = 15

const LOCK_NOT_TO_BE_HAD = new Set(['55P03'])

/** A schema could not be changed because somebody used it all the time: one sentence. */
export class TableInUseError extends Error {
  /** SQLSTATE, as PostgreSQL's own error has it: for whoever tells what passes by itself from what does not. */
  readonly code = '55P03'
}

/**
 * Runs a transaction that changes tables, however often it takes until it gets its locks. Throws TableInUseError after
 * about a minute, and at once what else PostgreSQL says; then the transaction is rolled back.
 * @param change begins, works and commits
 */
export async function withoutWaitingLong(client: pg.Client, change: () => Promise<void>, { lockMs = LOCK_MS, attempts = ATTEMPTS } = {}): Promise<void> {
  await client.query(`SET lock_timeout = ${lockMs}`)
  try {
    for (let attempt = 1, pause = PAUSE_MS.first; ; attempt++, pause = Math.min(pause * 2, PAUSE_MS.longest)) {
      try {
        return await change()
      }
      catch (error) {
        await client.query('ROLLBACK')
        if (!isOutrun(error) && !hasState(error, LOCK_NOT_TO_BE_HAD)) throw error
        if (attempt >= attempts) throw new TableInUseError(await whoHolds(client), { cause: error })
        await delay(pause * (0.5 + Math.random() / 2))
      }
    }
  }
  finally {
    // A connection that is gone has no setting to take back.
    await client.query('RESET lock_timeout').catch(() => undefined)
  }
}

/**
 * Who holds one of our tables, the longest open first where this role may see since when. Not what it does: a statement
 * may hold data.
 */
async function whoHolds(client: pg.Client): Promise<string> {
  const { rows: [holder] } = await client.query<{ pid: number, name: string, seconds: number | null }>(`
    SELECT a.pid, coalesce(nullif(a.application_name, ''), 'no name') AS name, extract(epoch FROM clock_timestamp() - a.xact_start)::int AS seconds
    FROM pg_stat_activity a WHERE a.pid <> pg_backend_pid() AND EXISTS (
      SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE l.pid = a.pid AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND c.relnamespace IN ('public'::regnamespace, to_regnamespace('auth')))
    ORDER BY a.xact_start NULLS LAST, a.pid LIMIT 1`)
  const since = holder?.seconds == null ? '' : `, open for ${holder.seconds} s`
  const who = holder ? ` Process ${holder.pid} (${holder.name}${since}) holds one: let it end, or end it with SELECT pg_terminate_backend(${holder.pid}).` : ''
  return `The schema could not be changed, because a table that changes was in use all the time.${who} Then start again: nothing was changed`
}
