// A table as Postgres' catalogue describes it now.
import type pg from 'pg'

export interface Column {
  name: string
  /** Name of the type as the `electric-schema` header gives it; of the element for an array. */
  typeName: string
  /** The type as SQL writes it, with its modifier: what a text value is cast to. */
  sqlType: string
  dimensions: number
  modifier: number
  notNull: boolean
  /** Place in the primary key, counted from 0; nothing outside it. */
  keyIndex?: number
}

export interface Relation {
  oid: number
  schema: string
  name: string
  /** Sorted by name: the order in which values are sent. */
  columns: Column[]
  /** The columns that make a row's key: the primary key, or all of them where there is none. */
  keyColumns: string[]
  /** Changes whenever a row of this table would read differently. */
  signature: string
}

interface ColumnRow {
  name: string, type_name: string, sql_type: string, dimensions: number, modifier: number, not_null: boolean, key_index: number | null
}
interface RelationRow { oid: number, schema: string, name: string, columns: ColumnRow[] }

// Ordinary tables only, as Electric: no views, and no system tables, which cannot be published.
// Virtual generated columns are never in the log, so they cannot be in a shape.
const LOOK_UP = `
  SELECT c.oid::int8::text::bigint AS oid, n.nspname AS schema, c.relname AS name, (
    SELECT coalesce(json_agg(json_build_object(
        'name', a.attname, 'type_name', coalesce(e.typname, t.typname), 'sql_type', format_type(a.atttypid, a.atttypmod),
        'dimensions', CASE WHEN e.oid IS NULL THEN 0 ELSE greatest(a.attndims, 1) END, 'modifier', a.atttypmod, 'not_null', a.attnotnull,
        'key_index', array_position(i.indkey::int2[], a.attnum)) ORDER BY a.attnum), '[]')
      FROM pg_attribute a
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
      LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v') AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'mvdb_embedded')`

/** The table of this name, or nothing where there is none that a shape can be made of. */
export async function findRelation(client: pg.ClientBase | pg.Pool, schema: string, name: string): Promise<Relation | undefined> {
  const found = await client.query<RelationRow>({ name: 'relation_by_name', text: `${LOOK_UP} AND n.nspname = $1 AND c.relname = $2`, values: [schema, name] })
  return found.rows[0] && relationOf(found.rows[0])
}

function relationOf(row: RelationRow): Relation {
  const columns = row.columns
    .map(column => ({
      name: column.name,
      typeName: column.type_name,
      sqlType: column.sql_type,
      dimensions: column.dimensions,
      modifier: column.modifier,
      notNull: column.not_null,
      // int2vector counts from 0.
      ...(column.key_index === null ? {} : { keyIndex: column.key_index }),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const key = columns.filter(column => column.keyIndex !== undefined).sort((a, b) => (a.keyIndex ?? 0) - (b.keyIndex ?? 0))
  return {
    oid: Number(row.oid),
    schema: row.schema,
    name: row.name,
    columns,
    keyColumns: (key.length ? key : columns).map(column => column.name),
    signature: JSON.stringify([Number(row.oid), row.schema, row.name, row.columns]),
  }
}

/** `"public"."companies"`: as SQL and as the first part of a row's key. */
export function quotedName(table: { schema: string, name: string }): string {
  return `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

interface SchemaEntry {
  type: string, dims?: number, length?: number, max_length?: number, precision?: number, scale?: number, not_null?: boolean, pk_index?: number
}

/** The `electric-schema` header of these columns. */
export function schemaHeader(columns: Column[]): string {
  const schema: Record<string, SchemaEntry> = {}
  for (const column of columns) {
    schema[column.name] = {
      type: column.typeName,
      ...(column.dimensions ? { dims: column.dimensions } : {}),
      ...modifierOf(column),
      ...(column.notNull ? { not_null: true } : {}),
      ...(column.keyIndex === undefined ? {} : { pk_index: column.keyIndex }),
    }
  }
  return JSON.stringify(schema)
}

// How each type packs its modifier: `atttypmod` in Postgres' own type input functions.
function modifierOf({ typeName, modifier }: Column): Partial<SchemaEntry> {
  if (modifier < 0) return {}
  switch (typeName) {
    case 'varchar': return { max_length: modifier - 4 }
    case 'bpchar': return { length: modifier - 4 }
    case 'bit': return { length: modifier }
    case 'varbit': return { max_length: modifier }
    case 'numeric': return { precision: ((modifier - 4) >> 16) & 0xFFFF, scale: (modifier - 4) & 0x7FF }
    case 'time': case 'timetz': case 'timestamp': case 'timestamptz': return { precision: modifier }
    default: return {}
  }
}
