import type { ShapeStreamOptions } from '@electric-sql/client'
import type { PGliteInterface } from '@electric-sql/pglite'
import type {
  ElectricSyncOptions, MapColumns, SyncShapesToTablesOptions, SyncShapesToTablesResult, SyncShapeToTableOptions, SyncShapeToTableResult,
} from '@electric-sql/pglite-sync'
import { Cursors } from './cursors'
import { quote, type Scope } from './local-table'
import { ShapeApplier, type Applied, type ApplierOptions, type Ownership } from './shape-applier'
import { ShapeSession } from './shape-session'

/** pglite-sync's options, and what this applier adds to them. */
export interface ScopedShapeOptions extends SyncShapeToTableOptions {
  /** Which rows of the table are this shape's; then other shapes may have theirs in the same table. */
  scope?: Scope
  /** Whether it stops where there is no room for its rows; else it is tried to write them all the same. Where not said, it does. */
  askForRoom?: boolean
  /** After each batch that is committed. */
  onApplied?: (progress: ShapeProgress) => void
}

export interface ShapeProgress extends Applied {
  /** Rows of the shape that are here. */
  rows: number
  /** It was up to date at least once. */
  complete: boolean
  /** How far in the shape's log they are. */
  offset?: string
}

/** What pglite-sync can be told, and what this applier adds to it. */
export interface ShapeSyncOptions extends ElectricSyncOptions {
  /** Runs in each transaction that fills an empty table with a first sync, before its rows. */
  beforeFill?: ApplierOptions['beforeFill']
  /** Is given each write to a synced table, and makes it. */
  around?: ApplierOptions['around']
  /** Throws where there is no room for so many rows more. */
  room?: (rows: number) => Promise<void>
}

/** pglite-sync's result, and what this applier adds to it. */
export interface ShapeSubscription extends SyncShapeToTableResult {
  /** Tries again at once what waits for its next try. */
  retry: () => void
  /** Ends the subscription; resolves when nothing of it is being written any more. */
  stop: () => Promise<void>
  /** What is here already, before the first answer of the server, and whether rows of an unfinished page were taken back. */
  readonly progress: { rows: number, complete: boolean, changed: boolean, offset?: string }
}

export type ShapeSync = Awaited<ReturnType<typeof createShapeSync>>

/** Cursors of subscriptions without a key begin so; they do not outlive their session. */
const TRANSIENT = 'transient:'

/**
 * What pglite-sync's extension puts into `pg.electric`, with our applier underneath.
 * @param pg the database, held by nobody else who writes to the synced tables
 */
export async function createShapeSync(pg: PGliteInterface, { metadataSchema = 'electric', beforeFill, around, room }: ShapeSyncOptions = {}) {
  const cursors = new Cursors(metadataSchema)
  const sessions = new Set<ShapeSession>()
  const wholeTables = new Set<string>()
  let made: Promise<void> | undefined

  async function makeTables() {
    await cursors.create(pg)
    for (const key of await cursors.keys(pg, TRANSIENT)) await cursors.delete(pg, key)
  }
  const initMetadataTables = () => made ??= makeTables()

  async function syncShapeToTable(options: ScopedShapeOptions): Promise<ShapeSubscription> {
    await initMetadataTables()
    const table = `${quote(options.schema ?? 'public')}.${quote(options.table)}`
    const ownership = ownershipOf(options)
    // Two shapes that both own all rows would take each other's away.
    if (ownership.kind === 'table') {
      if (wholeTables.has(table)) throw new Error(`Already syncing shape for table ${options.table}`)
      wholeTables.add(table)
    }
    const key = options.shapeKey ?? `${TRANSIENT}${crypto.randomUUID()}`
    const applier = new ShapeApplier(pg, cursors, { key, table, primaryKey: options.primaryKey, ownership, ...rowMapper(options.mapColumns), ...(beforeFill && { beforeFill }), ...(around && { around }) })
    let changed: boolean
    try {
      changed = await applier.open()
    }
    catch (error) {
      if (ownership.kind === 'table') wholeTables.delete(table)
      throw error
    }
    let isUpToDate = false
    let initial = !applier.cursor.complete
    const session = new ShapeSession(applier, options.shape, {
      onApplied(applied) {
        isUpToDate = applied.upToDate
        const { rows, complete, offset } = applier.cursor
        options.onApplied?.({ ...applied, rows, complete, offset })
        if (initial && complete) {
          initial = false
          options.onInitialSync?.()
        }
      },
      onError: error => options.onError?.(error),
      ...(room && options.askForRoom !== false && { room }),
    })
    sessions.add(session)
    const stop = async () => {
      sessions.delete(session)
      await session.stop()
      if (ownership.kind === 'table') wholeTables.delete(table)
      if (options.shapeKey === null && !pg.closed) await cursors.delete(pg, key)
    }
    return {
      unsubscribe: () => void stop(),
      stop,
      retry: () => session.retry(),
      get isUpToDate() { return isUpToDate },
      get stream() { return session.stream as unknown as SyncShapeToTableResult['stream'] },
      progress: { rows: applier.cursor.rows, complete: applier.cursor.complete, changed, offset: applier.cursor.offset },
    }
  }

  /** Several shapes at once; each has a cursor of its own, `<key>:<name>`. */
  async function syncShapesToTables({ key, shapes, onInitialSync, onError }: SyncShapesToTablesOptions): Promise<SyncShapesToTablesResult> {
    const names = Object.keys(shapes)
    const waiting = new Set(names)
    const subscriptions = await Promise.all(Object.entries(shapes).map(([name, shape]) => syncShapeToTable({
      ...shape,
      shapeKey: key === null ? null : `${key}:${name}`,
      ...(onError && { onError }),
      onInitialSync: () => {
        waiting.delete(name)
        if (waiting.size === 0) onInitialSync?.()
      },
    })))
    return {
      unsubscribe: () => subscriptions.forEach(subscription => subscription.unsubscribe()),
      get isUpToDate() { return subscriptions.every(subscription => subscription.isUpToDate) },
      get streams() {
        return Object.fromEntries(subscriptions.map((subscription, at) => [names[at], subscription.stream]))
      },
    }
  }

  /** Forgets how far a shape (or each shape of a group) is. Its rows stay; the next sync compares them with the server's. */
  async function deleteSubscription(key: string): Promise<void> {
    await initMetadataTables()
    for (const found of [key, ...await cursors.keys(pg, `${key}:`)]) await cursors.delete(pg, found)
  }

  return {
    namespaceObj: { initMetadataTables, syncShapeToTable, syncShapesToTables, deleteSubscription },
    cursors,
    close: async () => {
      await Promise.all([...sessions].map(session => session.stop()))
    },
  }
}

/** The same as an extension of PGlite: `PGlite.create({ extensions: { electric: electricSync() } })`. */
export function electricSync(options?: ElectricSyncOptions) {
  return { name: 'Electric Sync', setup: async (pg: PGliteInterface) => createShapeSync(pg, options) }
}

function ownershipOf({ scope, onMustRefetch }: ScopedShapeOptions): Ownership {
  if (scope) return { kind: 'scope', scope }
  if (onMustRefetch) return { kind: 'shared', clear: onMustRefetch }
  return { kind: 'table' }
}

function rowMapper(map: MapColumns | undefined): Pick<ApplierOptions, 'toRow'> {
  if (!map) return {}
  if (typeof map === 'function') return { toRow: message => map(message) }
  return { toRow: message => Object.fromEntries(Object.entries(map)
    .filter(([, from]) => from in message.value)
    .map(([to, from]) => [to, message.value[from] ?? null])) }
}

export type { ShapeStreamOptions }
