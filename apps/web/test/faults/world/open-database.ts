import { PGlite } from '@electric-sql/pglite'
import { createShapeEngine } from '../../../worker/apply/engine'
import { createTables } from '../../../worker/database/tables'

/** The database of a browser, in memory, with the worker's own tables. */
export async function openDatabase(): Promise<PGlite> {
  const database = await PGlite.create({ relaxedDurability: true })
  await createTables(database)
  await createShapeEngine(database)
  return database
}
