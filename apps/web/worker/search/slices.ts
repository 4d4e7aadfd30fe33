import type { PGliteInterface, Transaction } from '@electric-sql/pglite'
import { LEAD_CODE } from '#shared/search/entities'
import { SEARCHED, type SearchSource } from './sources'
import { LANGUAGE, NAMES_A_LEAD } from './write-leads'
import type { SearchedRow } from './writer'

/** What is to be done next, and how much of it. */
export interface Slice {
  /** Rows that were taken up; 0 where nothing is left to do. */
  readonly rows: number
  readonly kind: 'changes' | 'fill' | 'none'
}

interface Fill { shape_key: string, entity: number, company_id: string, position: string | null }

/** Before the first: every id is greater. */
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * Does one slice of the work that waits, in a transaction of its own: changed rows first, then the filling where it
 * stopped. A kill takes away at most this slice.
 * @param size how many rows at most
 * @param names how many names at most that are not there yet, of a filling
 */
export async function doSlice(pg: PGliteInterface, size: number, names = size): Promise<Slice> {
  return pg.transaction(async (tx) => {
    await byIndexOnly(tx)
    const changed = await takeChanges(tx, size, Math.ceil(names / NAMES_A_LEAD))
    if (changed > 0) return { rows: changed, kind: 'changes' }
    const filled = await fill(tx, size, names)
    return filled === undefined ? { rows: 0, kind: 'none' } : { rows: filled, kind: 'fill' }
  })
}

/**
 * Shapes that are whole begin to be filled, once no first sync is under way that this would slow down. While a shape is
 * not whole its rows are not noted either: see `withoutNotes`. Leads of a company that says another language now begin anew.
 * Answers whether anything waits to be done.
 */
export async function beginFills(pg: PGliteInterface): Promise<boolean> {
  const { rows } = await pg.query<{ waits: boolean }>(
    `WITH begun AS (INSERT INTO search_fills (shape_key, entity, company_id, language)
     SELECT s.shape_key, e.code, s.company_id, (SELECT ${LANGUAGE} FROM companies c WHERE c.id = s.company_id) FROM sync_status s JOIN unnest($1::text[], $2::smallint[]) AS e(shape, code) ON e.shape = s.shape
     WHERE s.complete AND s.company_id IS NOT NULL AND NOT EXISTS (SELECT FROM search_fills f WHERE f.shape_key = s.shape_key)
     AND NOT EXISTS (SELECT FROM sync_status o WHERE NOT o.complete AND o.state IN ('connecting', 'syncing'))
     ON CONFLICT DO NOTHING RETURNING 1),
     anew AS (UPDATE search_fills f SET position = NULL, done = false, rows = 0, language = c.language
     FROM (SELECT id, ${LANGUAGE} AS language FROM companies) c WHERE f.entity = ${LEAD_CODE} AND c.id = f.company_id AND c.language IS DISTINCT FROM f.language RETURNING 1)
     SELECT EXISTS (SELECT FROM begun) OR EXISTS (SELECT FROM anew) OR EXISTS (SELECT FROM search_changes) OR EXISTS (SELECT FROM search_fills WHERE NOT done) AS waits`,
    [SEARCHED.map(({ shape }) => shape), SEARCHED.map(({ code }) => code)])
  return rows[0]?.waits ?? false
}

async function takeChanges(tx: Transaction, size: number, leads: number): Promise<number> {
  const { rows: taken } = await tx.query<{ entity: number, id: string }>(
    `DELETE FROM search_changes c USING (
       (SELECT entity, id FROM search_changes WHERE entity < ${LEAD_CODE} ORDER BY entity, id LIMIT $1)
       UNION ALL (SELECT entity, id FROM search_changes WHERE entity = ${LEAD_CODE} ORDER BY id LIMIT $2)) t
     WHERE c.entity = t.entity AND c.id = t.id RETURNING c.entity, c.id`, [size, leads])
  for (const source of SEARCHED) {
    const ids = taken.filter(({ entity }) => entity === source.code).map(({ id }) => id)
    if (ids.length === 0) continue
    const { rows } = await tx.query<never>(`${select(source)} WHERE id = ANY($1::uuid[])`, [ids])
    const there = new Set(rows.map(({ id }: SearchedRow) => id))
    await source.writer.change(tx, source.code, rows, ids.filter(id => !there.has(id)))
  }
  return taken.length
}

/** The next rows of the first shape that is not full, in the order of their ids. */
async function fill(tx: Transaction, size: number, names: number): Promise<number | undefined> {
  const { rows: [next] } = await tx.query<Fill>(
    'SELECT shape_key, entity, company_id, position FROM search_fills WHERE NOT done ORDER BY entity, shape_key LIMIT 1')
  const source = SEARCHED.find(({ code }) => code === next?.entity)
  if (!next || !source) return undefined
  // So many rows are read, not found: another company's rows between them must not make a slice long.
  const { rows } = await tx.query<SearchedRow & { mine: boolean }>(
    `${select(source, `, company_id = $2 AS mine`)} WHERE id > $1 ORDER BY id LIMIT $3`, [next.position ?? FIRST, next.company_id, size])
  const mine = rows.filter(row => row.mine)
  const written = await source.writer.fill(tx, source.code, mine as never[], names)
  // What was left for the next slice begins with the first of ours that was not written.
  const taken = written < mine.length ? rows.indexOf(mine[written] as typeof rows[number]) : rows.length
  await tx.query('UPDATE search_fills SET position = coalesce($2, position), done = $3, rows = rows + $4 WHERE shape_key = $1',
    [next.shape_key, rows[taken - 1]?.id ?? null, taken === rows.length && rows.length < size, written])
  return taken
}

const select = ({ table, writer }: SearchSource, more = '') => `SELECT id, company_id, ${writer.columns}${more} FROM public.${table}`

/** For the writes of one transaction: without statistics PostgreSQL takes the side tables for small ones. */
const byIndexOnly = (tx: Transaction) => tx.exec('SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off')

/** Before a transaction deletes rows that it then takes out of search by `forgetShape`: 100,000 notes would say the same. */
export const forgetsItself = (tx: Pick<Transaction, 'exec'>) => tx.exec('SET LOCAL search.notes = off')

/**
 * Takes a shape's rows out of search in the transaction that deletes them, with every name and word that only they had.
 */
export async function forgetShape(tx: Transaction, shapeKey: string, localTable: string, company: string): Promise<void> {
  const source = SEARCHED.find(({ table }) => table === localTable)
  if (!source) return
  await tx.query('DELETE FROM search_fills WHERE shape_key = $1', [shapeKey])
  await source.writer.forget(tx, source.code, company)
}

/** What this transaction writes is noted by nobody: the shape is filled from its table as a whole once it is there. */
export async function withoutNotes(tx: Pick<Transaction, 'exec' | 'query'>, shapeKey: string): Promise<void> {
  await tx.exec('SET LOCAL session_replication_role = replica')
  await tx.query('DELETE FROM search_fills WHERE shape_key = $1', [shapeKey])
}
