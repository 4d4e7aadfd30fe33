import type { Offset } from '@electric-sql/client'
import { quote, type Queryable, type Scope } from './local-table'

/** A place in a shape's log. */
export interface Position {
  handle: string | null
  offset: Offset
}

/** How far a shape is; one row of `shape_cursors`, written in the transaction that writes the rows it speaks of. */
export interface Cursor extends Position {
  /** Names its staging table. */
  readonly id: number
  readonly key: string
  /** The shape had no rows here when its first sync began, so its snapshot pages may go in by COPY. */
  byCopy: boolean
  /** Rows of the shape in its table. */
  rows: number
  /** It was up to date at least once since its first sync began. */
  complete: boolean
  /** A refetch is under way in the staging table, which is so far. */
  staging: (Position & { rows: number }) | null
}

interface CursorRow {
  id: number
  key: string
  handle: string | null
  position: Offset
  by_copy: boolean
  rows: number
  complete: boolean
  staging_handle: string | null
  staging_position: Offset | null
  staging_rows: number | null
}

export const START: Position = { handle: null, offset: '-1' }

/** The table of cursors in one schema. */
export class Cursors {
  readonly #schema: string
  readonly #table: string

  constructor(schema: string) {
    this.#schema = quote(schema)
    this.#table = `${this.#schema}.shape_cursors`
  }

  /** Makes the table where it is missing. */
  async create(db: Queryable): Promise<void> {
    await db.exec(`CREATE SCHEMA IF NOT EXISTS ${this.#schema};
      CREATE TABLE IF NOT EXISTS ${this.#table} (
        id integer GENERATED ALWAYS AS IDENTITY, key text PRIMARY KEY, target text NOT NULL, scope_column text, scope_value text,
        handle text, position text NOT NULL, by_copy boolean NOT NULL, rows integer NOT NULL, complete boolean NOT NULL,
        staging_handle text, staging_position text, staging_rows integer)`)
  }

  /** The quoted name of the table that stages a refetch of this shape. */
  stagingTable(cursor: Pick<Cursor, 'id'>): string {
    return `${this.#schema}.staging_${cursor.id}`
  }

  async find(db: Queryable, key: string): Promise<Cursor | undefined> {
    const { rows: [row] } = await db.query<CursorRow>(`SELECT * FROM ${this.#table} WHERE key = $1`, [key])
    return row && {
      id: row.id, key: row.key, handle: row.handle, offset: row.position, byCopy: row.by_copy, rows: row.rows, complete: row.complete,
      staging: row.staging_position === null ? null : { handle: row.staging_handle, offset: row.staging_position, rows: row.staging_rows ?? 0 },
    }
  }

  /** Starts a cursor at the beginning of the shape. */
  async insert(db: Queryable, key: string, table: string, scope: Scope | undefined, byCopy: boolean, rows: number): Promise<Cursor> {
    const { rows: [row] } = await db.query<{ id: number }>(
      `INSERT INTO ${this.#table} (key, target, scope_column, scope_value, position, by_copy, rows, complete)
       VALUES ($1, $2, $3, $4, $5, $6, $7, false) RETURNING id`,
      [key, table, scope?.column ?? null, scope?.value ?? null, START.offset, byCopy, rows])
    if (!row) throw new Error('INSERT … RETURNING gave no row')
    return { id: row.id, key, ...START, byCopy, rows, complete: false, staging: null }
  }

  async save(db: Queryable, cursor: Cursor): Promise<void> {
    await db.query(
      `UPDATE ${this.#table} SET handle = $2, position = $3, by_copy = $4, rows = $5, complete = $6,
       staging_handle = $7, staging_position = $8, staging_rows = $9 WHERE key = $1`,
      [cursor.key, cursor.handle, cursor.offset, cursor.byCopy, cursor.rows, cursor.complete,
        cursor.staging?.handle ?? null, cursor.staging?.offset ?? null, cursor.staging?.rows ?? null])
  }

  /** Forgets a shape and what it had staged; its rows stay. @returns whether anything of it had come */
  async delete(db: Queryable, key: string): Promise<boolean> {
    const { rows: [row] } = await db.query<{ id: number, begun: boolean }>(
      `DELETE FROM ${this.#table} WHERE key = $1 RETURNING id, rows > 0 OR position <> '${START.offset}' OR coalesce(staging_position, '${START.offset}') <> '${START.offset}' AS begun`, [key])
    if (row) await db.exec(`DROP TABLE IF EXISTS ${this.stagingTable(row)}`)
    return row?.begun ?? false
  }

  /** Keys of the shapes that have a cursor, beginning with `prefix`. */
  async keys(db: Queryable, prefix: string): Promise<string[]> {
    const { rows } = await db.query<{ key: string }>(`SELECT key FROM ${this.#table} WHERE starts_with(key, $1)`, [prefix])
    return rows.map(row => row.key)
  }
}
