import { PGlite } from '@electric-sql/pglite'
import { loadAssets, type Assets } from './assets'
import type { NextDatabase } from './compaction'
import { whileHeld, withFileHandles } from './file-handles'
import type { Generations, Survey } from './generations'
import { chooseStorage, deleteDatabase, idb, storageOf, type Storage } from './storage'
import { createTables } from './tables'
import { upgrade } from './upgrade'

/** The worker of a page that is gone has let go of its files by then (3.5 s measured). */
const LETTING_GO_MS = 5_000

export interface OpenDatabase {
  pg: PGlite
  storage: Storage
  /** What was here when it was opened. */
  survey: Survey
  /** Opens an empty database in the same kind of storage, as the generation of a number. */
  openNext: (number: number) => Promise<NextDatabase>
}

/**
 * Opens the local database in its current generation and makes our tables where they are missing. It is a cache: one that
 * cannot be opened twice is deleted and begun anew; and where OPFS does not carry it even so, it goes to IndexedDB. Files
 * that another worker holds are nobody's fault but time's: they are waited for, without end.
 * @param onHeld called again and again while files are held
 * @throws where PGlite's own files cannot be loaded (that leaves the database as it is), or nothing helps
 */
export async function openDatabase(generations: Generations, onHeld: () => void): Promise<OpenDatabase> {
  // Assets first, because without them every database looks broken: offline, that would delete what there is.
  const [assets, survey] = await Promise.all([loadAssets(), generations.survey()])
  const upgraded = await upgrade(generations, survey, {
    openBeside: ({ kind, name }) => openBeside(kind, name, assets),
    openAsIs: ({ kind, name }) => openAsIs(storageOf(kind, name), assets),
  }).catch((error: unknown) => console.warn('Nothing was taken over from another version of the local database:', error))
  const database = generations.nameOf(upgraded ?? survey.number)
  const chosen = await chooseStorage(database)
  const open = (storage: Storage) => withFileHandles(onHeld, async (): Promise<OpenDatabase> => ({
    pg: await openOnce(storage, assets),
    storage, survey,
    openNext: next => openBeside(storage.kind, generations.nameOf(next), assets),
  }))
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

/** An empty database beside the one that is open; what an earlier try left there is deleted. */
async function openBeside(kind: Storage['kind'], name: string, assets: Assets): Promise<NextDatabase> {
  const storage = storageOf(kind, name)
  await deleteDatabase(storage, name)
  const open = (relaxed: boolean) => withFileHandles(() => {}, () => openOnce(storage, assets, relaxed))
  const pg = await open(false)
  return {
    pg,
    async settle() {
      if (kind === 'opfs') return pg
      // A relaxed one would lose its last writes at a kill, and here they are all that is left: closed, it has them.
      await pg.close()
      return open(true)
    },
  }
}

/** A database of another version; where a tab of that version has it open it is left alone. */
async function openAsIs(storage: Storage, assets: Assets): Promise<PGlite> {
  const until = performance.now() + LETTING_GO_MS
  const onHeld = () => {
    if (performance.now() > until) throw new Error('It is open in another tab')
  }
  return withFileHandles(onHeld, () => PGlite.create({ dataDir: storage.dataDir, relaxedDurability: true, ...assets }))
}

async function openOnce(storage: Storage, assets: Assets, relaxed = storage.kind === 'idb'): Promise<PGlite> {
  // Relaxed on IndexedDB only, where a strict flush costs 60 ms a write; what a kill takes there is fetched again.
  const pg = await PGlite.create({ dataDir: storage.dataDir, relaxedDurability: relaxed, ...assets })
  try {
    // Else every 16 MB of its log PostgreSQL first writes 16 MB of zeros, in one go, within somebody's COMMIT: 90 ms of
    // the longest waits. The zeros guard against a full disk at a later write, which a cache may answer with an error.
    await pg.exec('SET wal_init_zero = off')
    await createTables(pg)
    return pg
  }
  catch (error) {
    await pg.close().catch(() => undefined)
    throw error
  }
}
