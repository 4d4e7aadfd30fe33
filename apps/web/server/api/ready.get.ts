import { sql } from 'drizzle-orm'
import { withNobody } from '../db/door'
import { kept } from '../kept'
import { isOpen } from '../opening'
import { READ_SCHEMA } from '../reads/views'
import { isSyncUp } from '../shapes/upstream'
import { isStopping } from '../stopping'

/** Whoever sends people here asks every few seconds, and anybody may ask. */
const HOLDS_MS = 500
/** A database that says nothing for so long is away for who waits. */
const PATIENCE_MS = 3_000

const AWAY = { database: 'away', schema: 'unknown' } as const

/** The views are made last, with the version that they are of: without them a migration is still to run, or runs. */
const askDatabase = kept(HOLDS_MS, async () => {
  const asked = withNobody(tx => tx.execute<{ there: boolean }>(sql`select obj_description(to_regnamespace(${READ_SCHEMA})::oid, 'pg_namespace') is not null as there`))
    .then(({ rows }) => ({ database: 'up', schema: rows[0]?.there ? 'there' : 'missing' }) as const, () => AWAY)
  let patience: NodeJS.Timeout | undefined
  const late = new Promise<typeof AWAY>((resolve) => { patience = setTimeout(resolve, PATIENCE_MS, AWAY) })
  return Promise.race([asked, late]).finally(() => clearTimeout(patience))
})
const askSync = kept(HOLDS_MS, isSyncUp)

/**
 * Whether people should be sent here. Not without the database and its schema, and not while the server stops: 503.
 * Without the sync service pages go on with what they hold, so that is told and no reason to take the server out.
 */
export default defineEventHandler(async (event) => {
  const [{ database, schema }, sync] = await Promise.all([askDatabase(), askSync()])
  const status = isStopping() ? 'stopping' : database === 'up' && schema === 'there' && isOpen() ? 'ok' : 'unavailable'
  setResponseStatus(event, status === 'ok' ? 200 : 503)
  return { status, database, schema, sync: sync ? 'up' : 'away' }
})
