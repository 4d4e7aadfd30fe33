// What there is to be copied: tables with the columns that are stored, and sequences.
import type pg from 'pg'
import type { Column, Sequence, Table } from './format.ts'

/** How values are written, whatever the server's settings are: the same text means the same value in every version. */
export const SETTINGS = `
  SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET bytea_output = 'hex'; SET extra_float_digits = 3;
  SET client_encoding = 'UTF8'; SET search_path = pg_catalog; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
  SET synchronize_seqscans = off; SET row_security = off;`

export function quoted({ schema, name }: { schema: string, name: string }): string {
  return `${quote(schema)}.${quote(name)}`
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function columnList({ columns }: Table): string {
  return columns.map(column => quote(column.name)).join(', ')
}

/** The tables of these schemas, in the order of their names. A generated column is not stored in a backup: it is made again. */
export async function tablesOf(client: pg.ClientBase, schemas: readonly string[]): Promise<Table[]> {
  const { rows } = await client.query<{ schema: string, name: string, columns: Column[] }>(
    `SELECT n.nspname AS schema, c.relname AS name, (
         SELECT coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum), '[]')
           FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
       ) AS columns
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname = ANY ($1)
      ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`, [schemas])
  return rows
}

/** Where each sequence stands. Read after the rows, so that none of them has a number that would be given again. */
export async function sequencesOf(client: pg.ClientBase, schemas: readonly string[]): Promise<Sequence[]> {
  const { rows } = await client.query<{ schema: string, name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'S' AND n.nspname = ANY ($1) ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`, [schemas])
  const sequences: Sequence[] = []
  for (const { schema, name } of rows) {
    const { rows: [at] } = await client.query<{ value: string, called: boolean }>(`SELECT last_value::text AS value, is_called AS called FROM ${quoted({ schema, name })}`)
    if (at) sequences.push({ schema, name, ...at })
  }
  return sequences
}

/** Schemas that hold tables and are neither PostgreSQL's nor among these. */
export async function otherSchemas(client: pg.ClientBase, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT n.nspname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT n.nspname = ANY ($1)
      ORDER BY 1`, [schemas])
  return rows.map(row => row.name)
}

export function sameColumns(one: Table, other: Table): boolean {
  return JSON.stringify(one.columns.toSorted(byName)) === JSON.stringify(other.columns.toSorted(byName))
}

function byName(one: Column, other: Column): number {
  return one.name < other.name ? -1 : 1
}
