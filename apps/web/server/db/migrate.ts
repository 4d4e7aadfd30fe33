import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { serverViews } from '../reads/views'
import type { Connection } from './connection'
import { withoutWaitingLong } from './lock-timeout'
import { makePolicies } from './policies'
import { dropOldestViews, dropOlderViews, makeViews, viewsAre } from './read-schemas'
import { refuseNewerDatabase } from './schema-version'
import { hasState } from './sql-state'

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
 * Brings the database to the newest schema and gives the app's role what it needs. Repeating it changes nothing, and
 * servers of the version before go on meanwhile. Throws NewerDatabaseError, TableInUseError, or what PostgreSQL says; then
 * no migration of the failed run is kept.
 */
export async function migrate({ ownerUrl, appUrl, folder }: MigrationOptions): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'multi-vendor-db migrations' })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    await client.query('SET client_min_messages = warning')
    await refuseNewerDatabase(client, folder)
    const version = await versionOf(folder)
    const grantee = await granteeOf(client, roleOf(appUrl))
    if (!await viewsAre(client, version)) await applyAll(client, folder)
    await makeViews(client, version, grantee)
    await makePolicies(client)
    await grant(client, grantee)
    await dropOlderViews(client)
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

/**
 * All that is missing, in one transaction. Views hold the columns fast that they read. Those of this version and the one
 * before hold none that a migration takes away (docs/decisions/0021); where a version was left out, the oldest views go
 * until it can be done, and the servers that read them have to be replaced.
 */
async function applyAll(client: pg.Client, folder: string): Promise<void> {
  for (;;) {
    try {
      await withoutWaitingLong(client, () => applyMigrations(drizzle(client), { migrationsFolder: folder, migrationsSchema: 'migrations' }))
      return
    }
    catch (error) {
      if (!hasState(error, HELD_BY_VIEW) || !await dropOldestViews(client)) throw error
    }
  }
}

/** Objects depend on it; a column's type cannot change under a view. */
const HELD_BY_VIEW = new Set(['2BP01', '0A000'])

/** The role that a connection address logs in as. */
export function roleOf(url: string): string {
  return decodeURIComponent(new URL(url).username)
}

/** The app's role, quoted; undefined where it is the owner itself, who needs no grants and whom no rule binds. */
async function granteeOf(client: pg.Client, role: string): Promise<string | undefined> {
  const { rows } = await client.query<{ owner: boolean }>('SELECT current_user = $1 AS owner', [role])
  return role === '' || rows[0]?.owner ? undefined : client.escapeIdentifier(role)
}

/** Run after every migration, so that a table made today is not forgotten. Rows only: the app never alters a table. */
async function grant(client: pg.Client, grantee: string | undefined): Promise<void> {
  if (grantee === undefined) return
  await client.query(`
    GRANT USAGE ON SCHEMA public, auth TO ${grantee};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, auth TO ${grantee};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA auth TO ${grantee};
    GRANT USAGE ON SCHEMA migrations TO ${grantee};
    GRANT SELECT ON ALL TABLES IN SCHEMA migrations TO ${grantee};
  `)
}
