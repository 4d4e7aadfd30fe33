import { PGlite } from '@electric-sql/pglite'
import { createShapeEngine } from '../../../worker/apply/engine'
import { createTables } from '../../../worker/database/tables'

/** Databases of browsers, in memory, with the worker's own tables. To copy the first costs a third of making another. */
export async function openDatabases(count: number): Promise<PGlite[]> {
  const first = await PGlite.create({ relaxedDurability: true })
  await createTables(first)
  await createShapeEngine(first)
  const loadDataDir = await first.dumpDataDir('none')
  const others: PGlite[] = []
  while (others.length < count - 1) others.push(await PGlite.create({ relaxedDurability: true, loadDataDir }))
  return [first, ...others]
}
