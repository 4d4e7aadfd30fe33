import type { PGliteInterface } from '@electric-sql/pglite'
import { withoutNotes } from '../search/slices'
import type { Queryable } from './local-table'
import { createShapeSync, type ScopedShapeOptions, type ShapeSubscription } from './shape-sync'

/** What the sync needs of an engine: ours, or pglite-sync's own (`build:worker --sync=pglite-sync`). */
export interface ShapeEngine {
  /** Starts a shape, going on from where it was. */
  sync(options: ScopedShapeOptions): Promise<ShapeSubscription>
  /** Forgets how far a shape is, within the caller's transaction. Answers whether anything of it had come. */
  forget(tx: Queryable, key: string): Promise<boolean>
  /** Keys of the shapes that have rows here, by what they begin with. */
  keys(prefix: string): Promise<string[]>
}

/** Our own engine on this database. @param room throws where there is no room for so many rows more */
export async function createShapeEngine(pg: PGliteInterface, room?: (rows: number) => Promise<void>): Promise<ShapeEngine> {
  const { namespaceObj, cursors } = await createShapeSync(pg, { beforeFill: withoutNotes, ...(room && { room }) })
  await namespaceObj.initMetadataTables()
  return {
    sync: options => namespaceObj.syncShapeToTable(options),
    forget: (tx, key) => cursors.delete(tx, key),
    keys: prefix => cursors.keys(pg, prefix),
  }
}
