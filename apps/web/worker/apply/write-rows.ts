import type { Transaction } from '@electric-sql/pglite'
import { copyText, CopyBlob } from './copy-text'
import { andScope, AS_TEXT, quote, quoteAll, type Target, type TextRow } from './local-table'
import { unpackRows, type SnapshotRows } from './snapshot-rows'

/** Above this many values one statement with parameters is slower than COPY into a temporary table. */
const PARAMETERS_LIMIT = 2000

/** SQLSTATE unique_violation. */
const DUPLICATE = '23505'

/** An update named a row that is not there: what this shape holds is not what the server thinks it holds. */
export class MissingRowError extends Error {
  override readonly name = 'MissingRowError'
}

/** Groups neighbouring rows that have the same columns. */
function runsOf(rows: readonly TextRow[]): { columns: string[], rows: TextRow[] }[] {
  const runs: { columns: string[], rows: TextRow[] }[] = []
  for (const row of rows) {
    const columns = Object.keys(row)
    const run = runs.at(-1)
    if (run && run.columns.length === columns.length && run.columns.every((column, at) => column === columns[at])) run.rows.push(row)
    else runs.push({ columns, rows: [row] })
  }
  return runs
}

/** One row a key, the last of several: an upsert may touch no row twice. */
function lastOfEachKey(rows: readonly TextRow[], primaryKey: readonly string[]): TextRow[] {
  return [...new Map(rows.map(row => [JSON.stringify(primaryKey.map(column => row[column])), row])).values()]
}

async function copyInto(tx: Transaction, table: string, columns: readonly string[], blob: Blob) {
  await tx.query(`COPY ${table} (${quoteAll(columns)}) FROM '/dev/blob'`, [], { blob })
}

/**
 * Writes rows of which none should be there yet. Where one is there after all (a page that came twice), COPY refuses
 * the lot and they are upserted. Answers how many rows are new.
 */
export async function copyRows(tx: Transaction, target: Target, rows: readonly TextRow[]): Promise<number> {
  let fresh = 0
  for (const { columns, rows: run } of runsOf(rows)) {
    const copied = await tryCopy(tx, target, columns, copyText(run, columns))
    fresh += copied ? run.length : await upsertRun(tx, target, columns, run)
  }
  return fresh
}

/** The same for the rows of a snapshot as they came. */
export async function copySnapshot(tx: Transaction, target: Target, rows: SnapshotRows): Promise<number> {
  if (await tryCopy(tx, target, rows.columns, new CopyBlob(rows.text))) return rows.count
  return upsertRun(tx, target, rows.columns, unpackRows(rows))
}

/** Answers false where one of the rows is there already; then none of them was written. */
async function tryCopy(tx: Transaction, target: Target, columns: readonly string[], blob: Blob): Promise<boolean> {
  await tx.exec('SAVEPOINT page')
  try {
    await copyInto(tx, target.table, columns, blob)
    await tx.exec('RELEASE SAVEPOINT page')
    return true
  }
  catch (error) {
    if (!isDuplicate(error)) throw error
    await tx.exec('ROLLBACK TO SAVEPOINT page; RELEASE SAVEPOINT page')
    return false
  }
}

const isDuplicate = (error: unknown) => error instanceof Error && 'code' in error && error.code === DUPLICATE

/** Writes rows whether they are there or not. Answers how many are new. */
export async function upsertRows(tx: Transaction, target: Target, rows: readonly TextRow[]): Promise<number> {
  let fresh = 0
  for (const run of runsOf(rows)) fresh += await upsertRun(tx, target, run.columns, run.rows)
  return fresh
}

async function upsertRun(tx: Transaction, target: Target, columns: readonly string[], given: readonly TextRow[]): Promise<number> {
  const rows = lastOfEachKey(given, target.primaryKey)
  if (columns.length * rows.length > PARAMETERS_LIMIT) return upsertByCopy(tx, target, columns, rows)
  const params: (string | null)[] = []
  const tuples = rows.map(row => `(${columns.map((column) => {
    params.push(row[column] ?? null)
    return `$${params.length}`
  }).join(', ')})`)
  return countFresh(tx, `INSERT INTO ${target.table} (${quoteAll(columns)}) VALUES ${tuples.join(', ')} ${onConflict(target, columns)}`, params)
}

async function upsertByCopy(tx: Transaction, target: Target, columns: readonly string[], rows: readonly TextRow[]): Promise<number> {
  await tx.exec(`CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT ${quoteAll(columns)} FROM ${target.table} WITH NO DATA`)
  await copyInto(tx, 'pg_temp.incoming', columns, copyText(rows, columns))
  const fresh = await countFresh(tx, `INSERT INTO ${target.table} (${quoteAll(columns)}) SELECT ${quoteAll(columns)} FROM pg_temp.incoming ${onConflict(target, columns)}`, [])
  await tx.exec('DROP TABLE pg_temp.incoming')
  return fresh
}

/** The `ON CONFLICT` clause that makes an insert an upsert of these columns. */
export function onConflict(target: Target, columns: readonly string[]): string {
  const others = columns.filter(column => !target.primaryKey.includes(column))
  const action = others.length === 0 ? 'NOTHING' : `UPDATE SET ${others.map(c => `${quote(c)} = excluded.${quote(c)}`).join(', ')}`
  return `ON CONFLICT (${quoteAll(target.primaryKey)}) DO ${action}`
}

/** xmax is 0 in a row that an upsert inserted, and not in one that it updated. */
async function countFresh(tx: Transaction, upsert: string, params: (string | null)[]): Promise<number> {
  const { rows } = await tx.query<{ fresh: number }>(
    `WITH written AS (${upsert} RETURNING xmax) SELECT count(*) FILTER (WHERE xmax = 0)::int AS fresh FROM written`, params, AS_TEXT)
  return rows[0]?.fresh ?? 0
}

/**
 * Changes the columns given of the rows with these keys.
 * @param types of the table's columns, as SQL writes them
 * @throws MissingRowError where one of them is not there
 */
export async function updateRows(tx: Transaction, target: Target, types: ReadonlyMap<string, string>, given: readonly TextRow[]): Promise<void> {
  for (const { columns, rows: run } of runsOf(given)) {
    const rows = lastOfEachKey(run, target.primaryKey)
    const others = columns.filter(column => !target.primaryKey.includes(column))
    // An update that changes nothing but names its key must still find its row.
    const changes = others.length > 0 ? others.map(c => `${quote(c)} = ${typed(c, types)}`) : target.primaryKey.map(c => `${quote(c)} = t.${quote(c)}`)
    const written = await withRows(tx, target, columns, rows, types, (from, where) => `UPDATE ${target.table} t SET ${changes.join(', ')} FROM ${from} WHERE ${where}`)
    if (written < rows.length) throw new MissingRowError(`${target.table} has no row to update`)
  }
}

/** Takes the rows with these keys away that are there. Answers how many went. */
export async function deleteRows(tx: Transaction, target: Target, types: ReadonlyMap<string, string>, rows: readonly TextRow[]): Promise<number> {
  return withRows(tx, target, target.primaryKey, rows, types, (from, where) => `DELETE FROM ${target.table} t USING ${from} WHERE ${where}`)
}

/** A statement about the rows of the target with these keys, which stand beside them as `r`, each column as text. Answers how many it wrote. */
async function withRows(tx: Transaction, target: Target, columns: readonly string[], rows: readonly TextRow[], types: ReadonlyMap<string, string>, statement: (from: string, where: string) => string): Promise<number> {
  // One column of JSON, because a parameter for each value has a limit, and text in it is read by each type's own input.
  const params: (string | null)[] = [JSON.stringify(rows.map(row => Object.fromEntries(columns.map(column => [column, row[column] ?? null]))))]
  const from = `json_to_recordset($1::json) AS r(${columns.map(column => `${quote(column)} text`).join(', ')})`
  const where = target.primaryKey.map(column => `t.${quote(column)} = ${typed(column, types)}`).join(' AND ')
  const { affectedRows = 0 } = await tx.query(statement(from, `${where}${andScope(target.scope, params, 't')}`), params, AS_TEXT)
  return affectedRows
}

const typed = (column: string, types: ReadonlyMap<string, string>) => `r.${quote(column)}::${types.get(column) ?? 'text'}`
