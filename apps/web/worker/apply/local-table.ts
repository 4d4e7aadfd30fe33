import type { PGliteInterface, Transaction } from '@electric-sql/pglite'

/** What both a connection and a transaction can do. */
export type Queryable = Pick<PGliteInterface | Transaction, 'query' | 'exec'>

/** Rows of a table that belong to one shape: those whose `column` is `value`. */
export interface Scope {
  readonly column: string
  readonly value: string
}

/** A place that rows are written to: a synced table, or the staging table beside it. */
export interface Target {
  /** Quoted and qualified. */
  readonly table: string
  readonly primaryKey: readonly string[]
  /** Updates and deletes reach rows of this scope only: another shape may have taken a row over. */
  readonly scope?: Scope
}

/** Column name to text; null is NULL. */
export type TextRow = Record<string, string | null>

export const quote = (name: string) => `"${name.replaceAll('"', '""')}"`
export const quoteAll = (names: readonly string[]) => names.map(quote).join(', ')

/**
 * Every parameter goes over as it is written, so that PostgreSQL's own text input reads it: `t` and `true` are one
 * boolean, and a bigint, a numeric or a json keeps each digit. PGlite would otherwise demand JavaScript values.
 */
export const AS_TEXT = { serializers: new Proxy({}, { get: () => (value: string) => value }) }

export interface Column {
  readonly name: string
  /** As SQL writes it, without its limits: a cast to `varchar(160)` would cut what is longer, where an assignment refuses it. */
  readonly type: string
  /** Whether its type has an equality. */
  readonly comparable: boolean
}

/** The columns of a table in their order. */
export async function columnsOf(db: Queryable, table: string): Promise<Column[]> {
  const { rows } = await db.query<Column>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type, atttypid NOT IN ('json'::regtype, 'xml'::regtype, 'point'::regtype, 'polygon'::regtype) AS comparable
     FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [table])
  return rows
}

/** `AND column = $n` for a scope, with its value appended to the parameters. @param alias of the table, where another has such a column too */
export function andScope(scope: Scope | undefined, params: (string | null)[], alias?: string): string {
  if (!scope) return ''
  params.push(scope.value)
  return ` AND ${alias === undefined ? '' : `${alias}.`}${quote(scope.column)} = $${params.length}`
}
