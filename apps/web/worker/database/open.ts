import { PGlite } from '@electric-sql/pglite'
import { loadAssets, type Assets } from './assets'
import { whileHeld, withFileHandles } from './file-handles'
import { chooseStorage, deleteDatabase, idb, type Storage } from './storage'
import { createTables } from './tables'

export interface OpenDatabase {
  pg: PGlite
  storage: Storage
}

/**
 * Opens the local database and makes our tables where they are missing. It is a cache: one that cannot be opened twice
 * is deleted and begun anew; and where OPFS does not carry it even so, it goes to IndexedDB. Files that another worker
 * holds are nobody's fault but time's: they are waited for, without end.
 * @param onHeld called again and again while files are held
 * @throws where PGlite's own files cannot be loaded (that leaves the database as it is), or nothing helps
 */
export async function openDatabase(database: string, onHeld: () => void): Promise<OpenDatabase> {
  // First, because without them every database looks broken: offline, that would delete what there is.
  const assets = await loadAssets()
  const chosen = await chooseStorage(database)
  const open = (storage: Storage) => withFileHandles(onHeld, () => openOnce(storage, assets))
  return await open(chosen)
    .catch(warned(() => open(chosen)))
    .catch(warned(async () => {
      await whileHeld(() => deleteDatabase(chosen, database), onHeld)
      return open(chosen)
    }))
    .catch(warned(async (error) => {
      if (chosen.kind === 'idb') throw error
      return open(idb(database))
    }))
}

/** What to do about a failure, after it was noted. */
function warned(work: (error: unknown) => Promise<OpenDatabase>): (error: unknown) => Promise<OpenDatabase> {
  return async (error) => {
    console.warn('The local database could not be opened:', error)
    return work(error)
  }
}

async function openOnce(storage: Storage, assets: Assets): Promise<OpenDatabase> {
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
