import { PGlite } from '@electric-sql/pglite'
import { createTables } from './tables'
import { deleteDatabase, isHeld, type Storage, waitUntilFree } from './storage'

/**
 * Opens the local database and makes our tables where they are missing. It is a cache: one that cannot be opened is
 * deleted and begun anew, once.
 * @throws where it cannot be opened even so, or its files stay held by another worker
 */
export async function openDatabase(storage: Storage, database: string): Promise<PGlite> {
  try {
    return await openOnce(storage, database)
  }
  catch (error) {
    if (isHeld(error)) throw error
    await deleteDatabase(storage, database)
    return await openOnce(storage, database)
  }
}

async function openOnce(storage: Storage, database: string): Promise<PGlite> {
  await waitUntilFree(storage, database)
  // Relaxed on IndexedDB only, where a strict flush costs 60 ms a write; what a kill takes there is fetched again.
  const pg = await PGlite.create({ dataDir: storage.dataDir, relaxedDurability: storage.kind === 'idb' })
  try {
    await createTables(pg)
    return pg
  }
  catch (error) {
    await pg.close().catch(() => undefined)
    throw error
  }
}
