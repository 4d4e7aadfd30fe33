import { sql, type SQL } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { links, signUps } from '../db/account'
import { attempts, sessions } from '../db/auth'
import { inSlices, SLICE } from './slices'

/** So long after its end a row is still there: a page that asks for it meanwhile is told that it has ended, as before. */
const LINGERS = sql`interval '1 day'`

const since = (column: SQL) => sql`${column} < now() - ${LINGERS}`

/** What opens nothing any more, and counts nothing. `expire` is in epoch ms, as the limiter's library writes it. */
const EXPIRED: readonly (readonly [table: PgTable, key: SQL, expired: SQL])[] = [
  [sessions, sql`id`, since(sql`expires_at`)],
  [links, sql`id`, since(sql`expires_at`)],
  [signUps, sql`id`, since(sql`expires_at`)],
  [attempts, sql`key`, since(sql`to_timestamp(expire / 1000.0)`)],
]

/** Deletes sessions, links, sign-ups and counted attempts that have ended. Any number of replicas may do it at once. Out: how many rows went. */
export async function sweepExpired(): Promise<number> {
  let swept = 0
  for (const [table, key, expired] of EXPIRED) {
    swept += await inSlices(sql`DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${expired} LIMIT ${SLICE} FOR UPDATE SKIP LOCKED)`)
  }
  return swept
}
