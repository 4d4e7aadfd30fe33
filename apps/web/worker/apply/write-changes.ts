import type { ChangeMessage, Message } from '@electric-sql/client'
import type { Transaction } from '@electric-sql/pglite'
import type { Scope, Target, TextRow } from './local-table'
import { unpackRows, type SnapshotRows } from './snapshot-rows'
import { copyRows, copySnapshot, deleteRow, updateRow, upsertRows } from './write-rows'

export type ShapeMessage = Message<TextRow>

/** What a table is changed by: a message for one row, or the rows of a snapshot. */
export type Change = ChangeMessage<TextRow> | SnapshotRows

/** Rows by their keys, or any of the scope (of the table where there is none). */
export type Written = { readonly ids: readonly string[] } | { readonly scope: Scope | undefined }

export interface ChangesTarget {
  readonly target: Target
  /** Columns of the table: a page that was opened before an upgrade goes on without what is new. */
  readonly columns: ReadonlySet<string>
  /** Whether rows of a snapshot are certain to be none of those that are there. */
  readonly mayCopy: boolean
  readonly toRow?: (message: ChangeMessage<TextRow>) => TextRow
}

/**
 * Writes changes to a table in their order, rows that follow one another in one statement.
 * @returns how many rows more the table has
 * @throws what the database threw, or MissingRowError
 */
export async function writeChanges(tx: Transaction, { target, columns, mayCopy, toRow }: ChangesTarget, changes: readonly Change[]): Promise<number> {
  /** The server is of a newer version, whose table has columns that this one has not. */
  const isNewer = (names: readonly string[]) => names.some(name => !columns.has(name))
  const known = (row: TextRow) => isNewer(Object.keys(row)) ? Object.fromEntries(Object.entries(row).filter(([column]) => columns.has(column))) : row
  let more = 0
  let inserts: TextRow[] = []
  let fromSnapshot = false
  const flush = async () => {
    if (inserts.length === 0) return
    const write = fromSnapshot && mayCopy ? copyRows : upsertRows
    more += await write(tx, target, inserts)
    inserts = []
  }
  for (const change of changes.flatMap(one => isSnapshot(one) && (toRow || isNewer(one.columns)) ? messagesOf(one) : [one])) {
    if (isSnapshot(change)) {
      await flush()
      more += await (mayCopy ? copySnapshot(tx, target, change) : upsertRows(tx, target, unpackRows(change)))
      continue
    }
    const row = known(toRow?.(change) ?? change.value)
    if (change.headers.operation === 'insert') {
      // Rows of the log have an LSN, rows of the snapshot have none.
      const isOfSnapshot = change.headers.lsn === undefined
      if (isOfSnapshot !== fromSnapshot) await flush()
      fromSnapshot = isOfSnapshot
      inserts.push(row)
      continue
    }
    await flush()
    if (change.headers.operation === 'update') await updateRow(tx, target, row)
    else more -= await deleteRow(tx, target, row)
  }
  await flush()
  return more
}

/** Which rows changes write: those that they name, or any of the table's scope where a snapshot is among them. */
export function writtenBy(changes: readonly Change[], { primaryKey: [key = ''], scope }: Target): Written {
  const ids = changes.map(change => isSnapshot(change) ? undefined : change.value[key])
  return ids.every(id => typeof id === 'string') ? { ids } : { scope }
}

export const isSnapshot = (one: ShapeMessage | SnapshotRows): one is SnapshotRows => 'text' in one

const messagesOf = (rows: SnapshotRows): ChangeMessage<TextRow>[] => unpackRows(rows).map(value => ({ key: '', value, headers: { operation: 'insert' } }))
