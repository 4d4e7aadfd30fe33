import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Connection } from './connection'

interface Entry { tag: string, when: number }

/** How the database stands to the migrations of this code. */
export interface SchemaVersion {
  /** Migrations that this code has. */
  known: number
  /** Of these, how many are made; undefined where this role may not look. */
  made: number | undefined
  /** Made by a newer version of the code: this one does not know what it changed. */
  newer: number
  last: string
}

/** A database that a newer version migrated: one sentence. */
export class NewerDatabaseError extends Error {}

const MAY_LOOK = `
  SELECT (SELECT has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'migrations' AND c.relname = '__drizzle_migrations') AS may`

/** Compares the migrations that a database has had with those in a folder of drizzle-kit's. */
export async function readSchemaVersion(connection: Connection, folder: string): Promise<SchemaVersion> {
  const { entries } = JSON.parse(await readFile(join(folder, 'meta/_journal.json'), 'utf8')) as { entries: Entry[] }
  const known = { known: entries.length, last: entries.at(-1)?.tag ?? '' }
  const { rows: [look] } = await connection.query<{ may: boolean | null }>(MAY_LOOK)
  if (look?.may === null) return { ...known, made: 0, newer: 0 }
  if (!look?.may) return { ...known, made: undefined, newer: 0 }
  const newest = Math.max(...entries.map(({ when }) => when))
  const { rows: [counted] } = await connection.query<{ made: number, newer: number }>(
    'SELECT count(*) FILTER (WHERE created_at <= $1)::int AS made, count(*) FILTER (WHERE created_at > $1)::int AS newer FROM migrations.__drizzle_migrations', [newest])
  return { ...known, made: counted?.made ?? 0, newer: counted?.newer ?? 0 }
}

/** Throws NewerDatabaseError where this code is too old: it would put its own views in the place of the newer ones. */
export async function refuseNewerDatabase(connection: Connection, folder: string): Promise<void> {
  const { newer, last } = await readSchemaVersion(connection, folder)
  if (newer > 0) throw new NewerDatabaseError(newerSentence(newer, last))
}

export const newerSentence = (newer: number, last: string) =>
  `The database is of a newer version: ${newer} migration${newer === 1 ? '' : 's'} after ${last}, the last that this server knows. Start the newer server again, or restore the backup that was made before its upgrade.`
