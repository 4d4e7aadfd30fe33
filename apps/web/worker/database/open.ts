import { PGlite } from '@electric-sql/pglite'
import { loadAssets, type Assets } from './assets'
import { chooseStorage, deleteDatabase, idb, isHeld, waitUntilFree, type Storage } from './storage'
import { createTables } from './tables'

export interface OpenDatabase {
  pg: PGlite
  storage: Storage
}

/**
 * Opens the local database and makes our tables where they are missing. It is a cache: one that cannot be opened twice
 * is deleted and begun anew; and where OPFS does not carry it even so, it goes to IndexedDB.
 * @throws where PGlite's own files cannot be loaded, the database's files stay held by another worker, or nothing helps;
 *   the first two leave the database as it is
 */
export async function openDatabase(database: string): Promise<OpenDatabase> {
  // First, because without them every database looks broken: offline, that would delete what there is.
  const assets = await loadAssets()
  const chosen = await chooseStorage(database)
  const open = (storage: Storage) => openOnce(storage, database, assets)
  return await open(chosen)
    .catch(unlessHeld(() => open(chosen)))
    .catch(unlessHeld(async () => {
      await deleteDatabase(chosen, database)
      return open(chosen)
    }))
    .catch(unlessHeld(async (error) => {
      if (chosen.kind === 'idb') throw error
      return open(idb(database))
    }))
}

/** What to do about a failure, unless it is that files are held: that is nobody's fault but time's. */
function unlessHeld(work: (error: unknown) => Promise<OpenDatabase>): (error: unknown) => Promise<OpenDatabase> {
  return async (error) => {
    if (isHeld(error)) throw error
    console.warn('The local database could not be opened:', error)
    return work(error)
  }
}

async function openOnce(storage: Storage, database: string, assets: Assets): Promise<OpenDatabase> {
  await waitUntilFree(storage, database)
  // Relaxed on IndexedDB only, where a strict flush costs 60 ms a write; what a kill takes there is fetched again.
  const pg = await PGlite.create({ dataDir: storage.dataDir, relaxedDurability: storage.kind === 'idb', ...assets })
  try {
    await createTables(pg)
    return { pg, storage }
  }
  catch (error) {
    await pg.close().catch(() => undefined)
    throw error
  }
}
