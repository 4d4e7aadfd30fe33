import type { ChangeMessage, Message } from '@electric-sql/client'
import type { Transaction } from '@electric-sql/pglite'
import type { Scope, Target, TextRow } from './local-table'
import { unpackRows, type SnapshotRows } from './snapshot-rows'
import { copyRows, copySnapshot, deleteRows, updateRows, upsertRows } from './write-rows'

export type ShapeMessage = Message<TextRow>

/** What a table is changed by: a message for one row, or the rows of a snapshot. */
export type Change = ChangeMessage<TextRow> | SnapshotRows

/** Rows by their keys, or any of the scope (of the table where there is none). */
export type Written = { readonly ids: readonly string[] } | { readonly scope: Scope | undefined }

export interface ChangesTarget {
  readonly target: Target
  /** Columns of the table, with their types: a page that was opened before an upgrade goes on without what is new. */
  readonly columns: ReadonlyMap<string, string>
  /** Whether rows of a snapshot are certain to be none of those that are there. */
  readonly mayCopy: boolean
  readonly toRow?: (message: ChangeMessage<TextRow>) => TextRow
}

/**
 * Writes changes to a table in their order, changes of one kind that follow one another in one statement: what somebody did
 * to five hundred folders at once comes as five hundred changes.
 * @returns how many rows more the table has
 * @throws what the database threw, or MissingRowError
 */
export async function writeChanges(tx: Transaction, { target, columns, mayCopy, toRow }: ChangesTarget, changes: readonly Change[]): Promise<number> {
  /** The server is of a newer version, whose table has columns that this one has not. */
  const isNewer = (names: readonly string[]) => names.some(name => !columns.has(name))
  const known = (row: TextRow) => isNewer(Object.keys(row)) ? Object.fromEntries(Object.entries(row).filter(([column]) => columns.has(column))) : row
  let more = 0
  let rows: TextRow[] = []
  let kind: ChangeKind = 'copy'
  const flush = async () => {
    if (rows.length === 0) return
    switch (kind) {
      case 'copy': more += await copyRows(tx, target, rows); break
      case 'upsert': more += await upsertRows(tx, target, rows); break
      case 'update': await updateRows(tx, target, columns, rows); break
      case 'delete': more -= await deleteRows(tx, target, columns, rows)
    }
    rows = []
  }
  for (const change of changes.flatMap(one => isSnapshot(one) && (toRow || isNewer(one.columns)) ? messagesOf(one) : [one])) {
    if (isSnapshot(change)) {
      await flush()
      more += await (mayCopy ? copySnapshot(tx, target, change) : upsertRows(tx, target, unpackRows(change)))
      continue
    }
    const next = kindOf(change, mayCopy)
    if (next !== kind) await flush()
    kind = next
    rows.push(known(toRow?.(change) ?? change.value))
  }
  await flush()
  return more
}

type ChangeKind = 'copy' | 'upsert' | 'update' | 'delete'

function kindOf({ headers: { operation, lsn } }: ChangeMessage<TextRow>, mayCopy: boolean): ChangeKind {
  if (operation !== 'insert') return operation
  // Rows of the log have an LSN, rows of the snapshot have none.
  return lsn === undefined && mayCopy ? 'copy' : 'upsert'
}

/** Which rows changes write: those that they name, or any of the table's scope where a snapshot is among them. */
export function writtenBy(changes: readonly Change[], { primaryKey: [key = ''], scope }: Target): Written {
  const ids = changes.map(change => isSnapshot(change) ? undefined : change.value[key])
  return ids.every(id => typeof id === 'string') ? { ids } : { scope }
}

export const isSnapshot = (one: ShapeMessage | SnapshotRows): one is SnapshotRows => 'text' in one

const messagesOf = (rows: SnapshotRows): ChangeMessage<TextRow>[] => unpackRows(rows).map(value => ({ key: '', value, headers: { operation: 'insert' } }))
