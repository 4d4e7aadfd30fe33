import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { serverViews } from '../reads/views'
import type { Connection } from './connection'
import { refuseNewerDatabase } from './schema-version'

/** An arbitrary number, the same in every replica: only one of them migrates at a time, the others wait and find it done. */
const MIGRATION_LOCK = 7_211_204

export interface MigrationOptions {
  /** Owner of the tables: whoever runs this makes them. */
  ownerUrl: string
  /** The app's own login; may be the same. */
  appUrl: string
  /** The folder that drizzle-kit writes. */
  folder: string
}

/**
 * Brings the database to the newest schema and gives the app's role what it needs. Repeating it changes nothing.
 * Throws NewerDatabaseError, or what PostgreSQL says; then nothing of the failed run is kept.
 */
export async function migrate({ ownerUrl, appUrl, folder }: MigrationOptions): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'multi-vendor-db migrations' })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    await client.query('SET client_min_messages = warning')
    await refuseNewerDatabase(client, folder)
    const version = await versionOf(folder)
    if (!await viewsAre(client, version)) {
      // A view holds the columns fast that it reads: gone before a migration changes one, made anew after it.
      await client.query('DROP SCHEMA IF EXISTS app_read CASCADE')
      await applyMigrations(drizzle(client), { migrationsFolder: folder, migrationsSchema: 'migrations' })
      await makeViews(client, version)
    }
    await grant(client, roleOf(appUrl))
  }
  finally {
    await client.end()
  }
}

/** Whether there is nothing to migrate; any role of the database may ask. */
export async function isNewest(connection: Connection, folder: string): Promise<boolean> {
  return viewsAre(connection, await versionOf(folder))
}

/** What the schema and its views are made of: the same in every replica of one version. */
async function versionOf(folder: string): Promise<string> {
  const journal = await readFile(join(folder, 'meta/_journal.json'), 'utf8')
  return createHash('sha256').update(JSON.stringify([journal, serverViews()])).digest('hex')
}

async function viewsAre(client: Connection, version: string): Promise<boolean> {
  const { rows } = await client.query<{ version: string | null }>('SELECT obj_description(to_regnamespace(\'app_read\')::oid, \'pg_namespace\') AS version')
  return rows[0]?.version === version
}

/** The views of the named reads, all at once, with the version that they are of. */
async function makeViews(client: pg.Client, version: string): Promise<void> {
  await client.query(['BEGIN', ...serverViews(), `COMMENT ON SCHEMA app_read IS '${version}'`, 'COMMIT'].join(';\n'))
}

/** The role that a connection address logs in as. */
export function roleOf(url: string): string {
  return decodeURIComponent(new URL(url).username)
}

/** Run after every migration, so that a table made today is not forgotten. Rows only: the app never alters a table. */
async function grant(client: pg.Client, role: string): Promise<void> {
  const { rows } = await client.query<{ owner: boolean }>('SELECT current_user = $1 AS owner', [role])
  if (role === '' || rows[0]?.owner) return
  const grantee = client.escapeIdentifier(role)
  await client.query(`
    GRANT USAGE ON SCHEMA public, auth TO ${grantee};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, auth TO ${grantee};
    GRANT USAGE ON SCHEMA app_read TO ${grantee};
    GRANT SELECT ON ALL TABLES IN SCHEMA app_read TO ${grantee};
    GRANT USAGE ON SCHEMA migrations TO ${grantee};
    GRANT SELECT ON ALL TABLES IN SCHEMA migrations TO ${grantee};
  `)
}
