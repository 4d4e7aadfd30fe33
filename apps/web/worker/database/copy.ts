import type { PGlite, Transaction } from '@electric-sql/pglite'
import { quote, quoteAll } from '../apply/local-table'
import { leadSearchBegins, NOT_COPIED } from '../search/tables'
import { ERASED_TABLE } from '../storage/erased-bytes'

/** So many pages of 8 kB are read at once: what is under way lies in memory twice. */
const SLICE_PAGES = 1024

/** `form`: its columns with their types. */
interface Table { name: string, columns: string[], form: string }

/**
 * Copies every row, and nothing that was deleted: what lies dead in the heap and in the write-ahead log of the one
 * database does not come to the other. What is being staged for a refetch stays behind; the refetch begins anew. So does search of leads.
 * @param from written to by nobody meanwhile
 * @param to new, with tables of its own; what their making put there is replaced
 * @param signal ends it between two slices
 * @returns the tables of the new one that the old one has not, or has in another form: they are as they were
 * @throws where the new one has no room, or the signal was aborted
 */
export function copyDatabase(from: PGlite, to: PGlite, signal?: AbortSignal): Promise<string[]> {
  // One transaction, because in IndexedDB each commit waits for a flush: with two a table WebKitGTK took over 20 s.
  return to.transaction(async (tx) => {
    await tx.exec('SET LOCAL session_replication_role = replica')
    const differing: string[] = []
    const old = new Map((await tablesOf(from)).map(table => [table.name, table]))
    for (const { name, form } of await tablesOf(tx)) {
      const source = old.get(name)
      if (source?.form !== form) {
        differing.push(name)
        continue
      }
      // Not TRUNCATE: that makes up to four new files a table, and the files that OPFS has open for one transaction are 100
      // (SPARE_FILES): with the last of them taken, PostgreSQL waits for ever. Here there is a row or two.
      await tx.exec(`DELETE FROM ${name}`)
      await copyTable(from, tx, source, signal)
    }
    await leadSearchBegins(tx)
    // A cursor whose staging table did not come along goes on from where its rows are.
    await tx.exec(`DO $$ BEGIN IF to_regclass('electric.shape_cursors') IS NOT NULL THEN
    UPDATE electric.shape_cursors SET staging_handle = NULL, staging_position = NULL, staging_rows = NULL WHERE staging_position IS NOT NULL; END IF; END $$`)
    await copySequences(from, tx)
    return differing
  })
}

async function copyTable(from: PGlite, to: Transaction, { name, columns }: Table, signal?: AbortSignal): Promise<void> {
  const { rows: [size] } = await from.query<{ pages: number }>('SELECT ceil(pg_relation_size($1::text::regclass) / 8192.0)::int AS pages', [name])
  const pages = size?.pages ?? 0
  for (let page = 0; page < pages; page += SLICE_PAGES) {
    signal?.throwIfAborted()
    const { blob } = await from.query(`COPY (SELECT ${quoteAll(columns)} FROM ${name} WHERE ctid >= '(${page},0)' AND ctid < '(${page + SLICE_PAGES},0)') TO '/dev/blob' WITH (FORMAT binary)`)
    if (!blob) throw new Error(`COPY of ${name} gave nothing`)
    await to.query(`COPY ${name} (${quoteAll(columns)}) FROM '/dev/blob' WITH (FORMAT binary)`, [], { blob })
  }
}

/** Quoted names, each with the columns that hold something of their own. */
async function tablesOf(pg: Pick<PGlite, 'query'>): Promise<Table[]> {
  const { rows } = await pg.query<{ schema: string, name: string, columns: string[], form: string }>(
    `SELECT n.nspname AS schema, c.relname AS name, array_agg(a.attname::text ORDER BY a.attname) AS columns,
       string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull), ',' ORDER BY a.attname) AS form
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)' AND NOT (n.nspname = 'electric' AND c.relname ~ '^staging_')
       AND NOT (n.nspname = 'public' AND c.relname = ANY($1))
     GROUP BY 1, 2 ORDER BY 1, 2`, [[ERASED_TABLE, ...NOT_COPIED]])
  return rows.map(({ schema, name, columns, form }) => ({ name: `${quote(schema)}.${quote(name)}`, columns, form }))
}

/** Identity columns go on counting where they were. */
async function copySequences(from: PGlite, to: Transaction): Promise<void> {
  const { rows } = await from.query<{ name: string, last: string | null }>(
    `SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename) AS name, last_value::text AS last FROM pg_sequences`)
  for (const { name, last } of rows) {
    if (last !== null) await to.query('SELECT setval(to_regclass($1), $2::bigint) WHERE to_regclass($1) IS NOT NULL', [name, last])
  }
}
