import { createShapeEngine } from '#shape-engine'
import type { HeldReason } from '#shared/protocol/leader'
import { purgeShapes } from '../sync/purge'
import { shapesOf } from '../sync/wanted'
import { Compaction } from './compaction'
import type { Generations } from './generations'
import { openDatabase, type OpenDatabase } from './open'
import type { Storage } from './storage'
import { SwappableDatabase } from './swappable'

export interface OpenedDatabase {
  live: SwappableDatabase
  storage: Storage
  openNext: OpenDatabase['openNext']
  /** See OpenDatabase. */
  isAside: boolean
}

/**
 * Opens the local database, and finishes first what a purge before a kill had begun: nobody may be answered from rows
 * that had to go, and no byte of them may stay. Where that does not succeed, an empty database is opened instead.
 * @param onHeld see openDatabase
 */
export async function openPurged(generations: Generations, onHeld: (why: HeldReason) => void, forgetCopies: () => Promise<void>): Promise<OpenedDatabase> {
  const { pg, storage, openNext, isAside, survey: { purging, leftovers } } = await openDatabase(generations, onHeld)
  const live = new SwappableDatabase(pg)
  if (purging.length === 0) {
    // A copy that was cut off, or the old one of a change that was not.
    if (leftovers) await generations.deleteOthers((await generations.current()).number).catch((error: unknown) => console.warn('What a purge left could not be deleted:', error))
    return { live, storage, openNext, isAside }
  }
  try {
    await finishPurge(live, openNext, generations, purging, forgetCopies)
    return { live, storage, openNext, isAside }
  }
  catch (error) {
    console.warn('A purge could not be finished; the database is begun anew:', error)
    await live.pg.close().catch(() => undefined)
    await generations.startOver()
    const anew = await openDatabase(generations, onHeld)
    await generations.deleteOthers((await generations.current()).number)
    return { live: new SwappableDatabase(anew.pg), storage: anew.storage, openNext: anew.openNext, isAside: anew.isAside }
  }
}

async function finishPurge(live: SwappableDatabase, openNext: OpenDatabase['openNext'], generations: Generations, shapes: readonly string[], forgetCopies: () => Promise<void>): Promise<void> {
  const compaction = new Compaction({ live, generations, openNext, forgetCopies, onFailed() {} })
  try {
    await compaction.begins(shapes)
    await purgeShapes(live.pg, await createShapeEngine(live.pg), shapesOf(shapes))
    // Whether rows are found tells nothing here: they may have gone before the kill, and their bytes not.
    await compaction.rowsGone(shapes, true)
    await compaction.run()
  }
  finally {
    await compaction.stop()
  }
}
