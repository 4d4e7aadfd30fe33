// The JSON of one message, byte for byte in the order Electric 1.7.12 writes it.
import type { RowChange, TextRow, TransactionId } from '../wal/changes.ts'
import { type Relation, quotedName } from './relation.ts'

/** What of a shape's definition decides how its rows are written. */
export interface Projection {
  relation: Relation
  /** Names of the columns sent, sorted. */
  columns: string[]
  /** Whole rows and old values instead of changed columns only. */
  full: boolean
}

/** A message of the log. `last` is known only at the commit, so the text is kept in two parts around it. */
export interface LogEntry { op: number, before: string, after: string }

export const MUST_REFETCH = '[{"headers":{"control":"must-refetch"}}]'

export function upToDate(lsn: number): string {
  return `{"headers":{"control":"up-to-date","global_last_seen_lsn":"${lsn}"}}`
}

export function snapshotEnd(snapshot: { xmin: string, xmax: string, xip: string[] }): string {
  return JSON.stringify({ headers: { control: 'snapshot-end', xip_list: snapshot.xip, xmax: snapshot.xmax, xmin: snapshot.xmin } })
}

/** The text of an entry; the last one of a transaction says so. */
export function entryText(entry: LogEntry, last: boolean): string {
  return `${entry.before}${last ? '"last":true,' : ''}${entry.after}`
}

/**
 * What a change means to a shape, given whether the old and the new row match its where: nothing, one message,
 * or a delete and an insert where the key changed.
 */
export function entriesOf(change: RowChange, matched: { old: boolean, new: boolean }, to: Projection, at: TransactionId): LogEntry[] {
  const op = change.op * 2
  if (change.kind === 'insert') return matched.new ? [insert(change.new, op, to, at)] : []
  if (change.kind === 'delete') return matched.old ? [remove(change.old, op, to, at)] : []
  if (!matched.old) return matched.new ? [insert(change.new, op, to, at)] : []
  if (!matched.new) return [remove(change.old, op, to, at)]
  const oldKey = keyOf(change.old, to.relation)
  const newKey = keyOf(change.new, to.relation)
  if (oldKey !== newKey) {
    return [
      remove(change.old, op, to, at, `,"key_change_to":${JSON.stringify(newKey)}`),
      insert(change.new, op + 1, to, at, `,"key_change_from":${JSON.stringify(oldKey)}`),
    ]
  }
  const changed = to.columns.filter(name => change.old[name] !== change.new[name])
  if (!changed.length) return []
  const sent = to.full ? to.columns : to.columns.filter(name => changed.includes(name) || to.relation.keyColumns.includes(name))
  const old = to.full ? `,"old_value":${values(change.old, changed)}` : ''
  return [entry(values(change.new, sent), newKey, 'update', op, to, at, '', old)]
}

function insert(row: TextRow, op: number, to: Projection, at: TransactionId, extra = ''): LogEntry {
  return entry(values(row, to.columns), keyOf(row, to.relation), 'insert', op, to, at, extra)
}

function remove(row: TextRow, op: number, to: Projection, at: TransactionId, extra = ''): LogEntry {
  const sent = to.full ? to.columns : to.columns.filter(name => to.relation.keyColumns.includes(name))
  return entry(values(row, sent), keyOf(row, to.relation), 'delete', op, to, at, extra)
}

function entry(value: string, key: string, operation: string, op: number, to: Projection, at: TransactionId, extra: string, old = ''): LogEntry {
  const relation = JSON.stringify([to.relation.schema, to.relation.name])
  return {
    op,
    before: `{"value":${value},"key":${JSON.stringify(key)},"headers":{`,
    after: `"relation":${relation},"operation":"${operation}","lsn":"${at.lsn}","op_position":${op},"txids":[${at.xid}]${extra}}${old}}`,
  }
}

function values(row: TextRow, names: string[]): string {
  let text = '{'
  for (const name of names) text += `${text.length > 1 ? ',' : ''}${JSON.stringify(name)}:${JSON.stringify(row[name] ?? null)}`
  return `${text}}`
}

/** A row's key: `"public"."t"/"1"/"x"`, a slash in a value doubled, null as `_`. The snapshot's SQL builds the same. */
export function keyOf(row: TextRow, relation: Relation): string {
  let key = quotedName(relation)
  for (const name of relation.keyColumns) {
    const value = row[name]
    key += value === null || value === undefined ? '/_' : `/"${value.replaceAll('/', '//')}"`
  }
  return key
}
