import type { PGlite } from '@electric-sql/pglite'
import type { HeldReason } from '#shared/protocol/leader'
import { Assets } from './assets'
import type { NextDatabase } from './compaction'
import { createPGlite } from './create'
import { whileHeld, withFileHandles } from './file-handles'
import type { Generations, Survey } from './generations'
import { fits } from '../storage/probe'
import { chooseStorage, deleteDatabase, isMade, storageOf, type Storage } from './storage'
import { createTables } from './tables'
import { upgrade } from './upgrade'

/** PostgreSQL writes a little before it answers. Where not even that fits, the files are not to blame, and are all that is here without a network. */
const OPENING_BYTES = 2e6

/** The worker of a page that is gone has let go of its files by then (3.5 s measured). */
const LETTING_GO_MS = 5_000

export interface OpenDatabase {
  pg: PGlite
  storage: Storage
  /** What was here when it was opened. */
  survey: Survey
  /** What is stored could not be opened for want of room: memory serves, and the stored database lies beside it. */
  isAside: boolean
  /** Opens an empty database in the same kind of storage, as the generation of a number. */
  openNext: (number: number) => Promise<NextDatabase>
}

/**
 * Opens the local database in its current generation and makes our tables where they are missing. It is a cache: one
 * that cannot be opened twice is deleted and begun anew, unless it is the room that is missing: then it stays as it is, and
 * memory serves until there is some; where OPFS does not carry it even so, it goes to IndexedDB, and
 * where nothing can be stored at all, into memory. Files that another worker holds are nobody's fault but time's: they
 * are waited for, without end.
 * @param onHeld called again and again while files are held, or a part of PGlite cannot be fetched
 * @throws where PGlite's own files cannot be loaded (that leaves the database as it is), or nothing helps
 */
export async function openDatabase(generations: Generations, onHeld: (why: HeldReason) => void): Promise<OpenDatabase> {
  const assets = new Assets(() => onHeld('unreached'))
  const onFiles = () => onHeld('held')
  // Assets first, because without them every database looks broken: offline, that would delete what there is.
  const engine = assets.engine()
  engine.catch(() => undefined)
  const survey = await generations.survey()
  if (!survey.exists) assets.fetchStart()
  await engine
  const upgraded = await upgrade(generations, survey, {
    openBeside: ({ kind, name }) => openBeside(kind, name, assets),
    openAsIs: ({ kind, name }) => openAsIs(storageOf(kind, name), assets),
  }).catch((error: unknown) => console.warn('Nothing was taken over from another version of the local database:', error))
  const database = generations.nameOf(upgraded ?? survey.number)
  const chosen = generations.stored ? await chooseStorage(database, survey.place) : storageOf('memory', database)
  const open = async (storage: Storage): Promise<OpenDatabase> => {
    // Half of a copy of the start data: no database, and in its way.
    if (storage.kind === 'opfs' && !await isMade(storage)) await whileHeld(() => deleteDatabase(storage, database), onFiles)
    return withFileHandles(onFiles, async () => ({
      pg: await openOnce(storage, assets),
      storage, survey, isAside: false,
      openNext: next => openBeside(storage.kind, generations.nameOf(next), assets),
    }))
  }
  return await open(chosen)
    .catch(warned(() => open(chosen)))
    .catch(warned(async () => {
      if (await fits(OPENING_BYTES) === false) return { ...await open(storageOf('memory', database)), isAside: true }
      await whileHeld(() => deleteDatabase(chosen, database), onFiles)
      return open(chosen)
    }))
    .catch(warned(async (error) => {
      if (chosen.kind !== 'opfs') throw error
      return open(storageOf('idb', database))
    }))
    .catch(warned(() => open(storageOf('memory', database))))
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
      if (kind !== 'idb') return pg
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
  return withFileHandles(onHeld, () => createPGlite(storage, assets, true))
}

async function openOnce(storage: Storage, assets: Assets, relaxed = storage.kind === 'idb'): Promise<PGlite> {
  // What a kill takes of relaxed writes is fetched again.
  const pg = await createPGlite(storage, assets, relaxed)
  try {
    await createTables(pg)
    return pg
  }
  catch (error) {
    await pg.close().catch(() => undefined)
    throw error
  }
}
