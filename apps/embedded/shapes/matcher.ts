// Which rows of a transaction belong to which shapes. Postgres decides: a where is never evaluated by code of ours.
//
// All shapes that share a where's text are asked about in one query: the rows as arrays of text, cast to their
// column types, joined with the parameter sets of the shapes. A hundred companies' `company_id = $1` cost one query.
import type pg from 'pg'
import { scanSync } from 'libpg-query'
import type { Predicate } from '../predicate/index.ts'
import type { TextRow } from '../wal/changes.ts'
import { type Relation, quoteIdentifier } from './relation.ts'
import { isTimeout } from './sqlstate.ts'

/** Rows times parameter sets asked about at once, to begin with; a where that is too slow for it is asked about less. */
const PAIRS_PER_QUERY = 2_000_000
/** Up to here a prepared plan is used again; beyond, planning for the real sizes pays. */
const PAIRS_PREPARED = 5_000

/** A pair of a row (index into `rows`) and a parameter set (index into `sets`) for which the where holds. */
export interface Match { row: number, set: number }

/** What of a checked where is the same for all its parameter sets. */
export type MatchedWhere = Pick<Predicate, 'sql' | 'types' | 'columns'>

/** One where text on one table, ready to be asked. The scanner's module must have been loaded. */
export class Matcher {
  private readonly columns: Relation['columns']
  private readonly types: string[]
  private readonly text: string
  private readonly name: string
  private pairsPerQuery = PAIRS_PER_QUERY

  constructor(relation: Relation, where: MatchedWhere) {
    this.columns = relation.columns.filter(column => where.columns.includes(column.name))
    this.types = where.types
    this.text = matchQuery(relation, this.columns, where)
    this.name = `match_${relation.oid}_${counter++}`
  }

  /** All pairs that match. Rejects with Postgres' error when the where fails, or takes too long, on a single row. */
  async match(client: pg.ClientBase, rows: TextRow[], sets: string[][]): Promise<Match[]> {
    const found: Match[] = []
    let from = 0
    while (from < rows.length) {
      const count = Math.max(1, Math.min(rows.length - from, Math.floor(this.pairsPerQuery / Math.max(1, sets.length))))
      try {
        for (const { row, set } of await this.query(client, rows.slice(from, from + count), sets)) found.push({ row: row + from, set })
        from += count
      }
      catch (error) {
        if (count === 1 || !isTimeout(error)) throw error
        this.pairsPerQuery = Math.floor(count * sets.length / 4)
      }
    }
    return found
  }

  private async query(client: pg.ClientBase, rows: TextRow[], sets: string[][]): Promise<Match[]> {
    const values = [
      rows.map((_, index) => index),
      ...this.columns.map(column => rows.map(row => row[column.name] ?? null)),
      ...(this.types.length ? [sets.map((_, index) => index)] : []),
      ...this.types.map((_, param) => sets.map(set => set[param] ?? null)),
    ]
    const prepared = rows.length * sets.length <= PAIRS_PREPARED ? { name: this.name } : {}
    const result = await client.query<[number, number | null]>({ ...prepared, text: this.text, values, rowMode: 'array' })
    // Without parameters every set is the same set.
    return result.rows.flatMap(([row, set]) => (set === null ? sets.map((_, index) => ({ row, set: index })) : { row, set }))
  }
}

let counter = 0

// OFFSET 0 keeps each subquery whole: every text is cast once, not once a pair.
function matchQuery(relation: Relation, columns: Relation['columns'], { sql, types }: MatchedWhere): string {
  let argument = 1
  const rowArrays = [`$${argument++}::int[]`, ...columns.map(() => `$${argument++}::text[]`)]
  const rowNames = ['mvdb_row', ...columns.map((_, index) => `mvdb_c${index}`)]
  const casts = columns.map((column, index) => `mvdb_c${index}::${column.sqlType} AS ${quoteIdentifier(column.name)}`)
  const rows = `(SELECT ${['mvdb_row', ...casts].join(', ')} FROM unnest(${rowArrays.join(', ')}) AS u(${rowNames.join(', ')}) OFFSET 0) AS ${quoteIdentifier(relation.name)}`
  if (!types.length) return `SELECT mvdb_row, NULL::int FROM ${rows} WHERE (${sql})`
  const setArrays = [`$${argument++}::int[]`, ...types.map(() => `$${argument++}::text[]`)]
  const setNames = ['mvdb_set', ...types.map((_, index) => `mvdb_t${index + 1}`)]
  const setCasts = types.map((type, index) => `mvdb_t${index + 1}::${type} AS mvdb_p${index + 1}`)
  const sets = `(SELECT ${['mvdb_set', ...setCasts].join(', ')} FROM unnest(${setArrays.join(', ')}) AS v(${setNames.join(', ')}) OFFSET 0) AS mvdb_params`
  return `SELECT mvdb_row, mvdb_set FROM ${rows}, ${sets} WHERE (${replaceParams(sql)})`
}

/** `$n` becomes a column of the parameter sets. Found by Postgres' own scanner: a `$1` in a string stays. */
function replaceParams(where: string): string {
  const bytes = Buffer.from(where)
  let text = ''
  let at = 0
  for (const token of scanSync(where).tokens) {
    if (token.tokenName !== 'PARAM') continue
    text += bytes.subarray(at, token.start).toString('utf8')
    text += `mvdb_params.mvdb_p${bytes.subarray(token.start + 1, token.end).toString('utf8')}`
    at = token.end
  }
  return text + bytes.subarray(at).toString('utf8')
}
