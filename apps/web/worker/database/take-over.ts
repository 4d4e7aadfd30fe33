import type { PGlite } from '@electric-sql/pglite'
import { createShapeEngine } from '#shape-engine'
import { makeSearchTables } from '../search/tables'
import { liftAll } from '../writes/overlay'
import { copyDatabase } from './copy'

const CURSORS = '"electric"."shape_cursors"'

/**
 * Fills a new database from one of another schema version, so that a person who is offline after an update still has what
 * did not change its form: rows of tables that are the same in both come along with their cursors, the others are
 * fetched. It makes no difference which of the two versions is the newer.
 * @param from written to by nobody meanwhile; left as it is
 * @param to new and empty
 * @throws where nothing could be taken over; then `to` is of no use
 */
export async function takeOver(from: PGlite, to: PGlite, signal: AbortSignal): Promise<void> {
  await createShapeEngine(to)
  const differing = await copyDatabase(from, to, signal)
  if (differing.includes(CURSORS)) throw new Error('The cursors of the other schema version have another form')
  await to.transaction(async (tx) => {
    // Laid again by the mutations of this version, which may do something else.
    await liftAll(tx)
    // Without its rows a cursor would have the server leave out what came before it.
    await tx.query('DELETE FROM electric.shape_cursors WHERE target = ANY ($1::text[])', [differing])
    // Its notes and numbers speak of tables that may not have come along; it costs seconds in the background.
    await makeSearchTables(tx)
  })
}
