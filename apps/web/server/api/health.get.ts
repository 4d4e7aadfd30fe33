import { sql } from 'drizzle-orm'
import { withNobody } from '../db/door'
import { isOpen } from '../opening'
import { isSyncUp } from '../shapes/upstream'

/**
 * For whoever watches the server. Without the database nothing can be served: 503. Without the sync service pages go on
 * with what they hold, so that is told and no reason to take the server out.
 */
export default defineEventHandler(async (event) => {
  const [database, sync] = await Promise.all([
    withNobody(tx => tx.execute(sql`select 1`)).then(isOpen, () => false),
    isSyncUp(),
  ])
  setResponseStatus(event, database ? 200 : 503)
  return { status: database ? 'ok' : 'unavailable', database: database ? 'up' : 'away', sync: sync ? 'up' : 'away' }
})
