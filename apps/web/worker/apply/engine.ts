import type { PGliteInterface } from '@electric-sql/pglite'
import { withoutNotes } from '../search/slices'
import type { Queryable } from './local-table'
import type { Around } from './shape-applier'
import { createShapeSync, type ScopedShapeOptions, type ShapeSubscription } from './shape-sync'

/** What the sync needs of an engine: ours, or pglite-sync's own (`build:worker --sync=pglite-sync`). */
export interface ShapeEngine {
  /** Whether rows of its tables may be changed by others who are told of each write (`around`). */
  readonly mayBeEdited: boolean
  /** Starts a shape, going on from where it was. */
  sync(options: ScopedShapeOptions): Promise<ShapeSubscription>
  /** Forgets how far a shape is, within the caller's transaction. Answers whether anything of it had come. */
  forget(tx: Queryable, key: string): Promise<boolean>
  /** Keys of the shapes that have rows here, by what they begin with. */
  keys(prefix: string): Promise<string[]>
}

export interface EngineOptions {
  /** Throws where there is no room for so many rows more. */
  room?: (rows: number) => Promise<void>
  /** Is given each write to a synced table, and makes it. */
  around?: Around
}

/** Our own engine on this database. */
export async function createShapeEngine(pg: PGliteInterface, { room, around }: EngineOptions = {}): Promise<ShapeEngine> {
  const { namespaceObj, cursors } = await createShapeSync(pg, { beforeFill: withoutNotes, ...(around && { around }), ...(room && { room }) })
  await namespaceObj.initMetadataTables()
  return {
    mayBeEdited: true,
    sync: options => namespaceObj.syncShapeToTable(options),
    forget: (tx, key) => cursors.delete(tx, key),
    keys: prefix => cursors.keys(pg, prefix),
  }
}
