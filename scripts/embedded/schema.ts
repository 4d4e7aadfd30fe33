// The app's migrations, as a backup knows them.
import { readFileSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import type pg from 'pg'
import type { Version } from '../../apps/embedded/backup/format.ts'
import type { Schema } from '../../apps/embedded/backup/schema.ts'
import { StackError } from '../../apps/embedded/errors.ts'
import { withSession } from '../../apps/embedded/postgres/session.ts'
import { CLAIM } from '../../apps/web/server/db/demo-guard'
import { migrate } from '../../apps/web/server/db/migrate'

const FOLDER = fileURLToPath(new URL('../../apps/web/server/db/migrations', import.meta.url))

interface Journal { entries: { idx: number, when: number, tag: string }[] }

/** What backups of the app hold. `folder` is for tests; by default it is the migrations of this version. */
export function appSchema(folder = FOLDER): Schema {
  const journal = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')) as Journal
  const versions = journal.entries.map<Version>(({ idx, tag, when }) => ({ number: idx, name: tag, when })).toSorted((a, b) => a.when - b.when)
  const newest = versions.at(-1)
  if (!newest) throw new Error(`there are no migrations in ${folder}`)
  return {
    names: ['public', 'auth', 'migrations', 'demo'],
    derived: ['mvdb_embedded'],
    newest,
    versionOf: async (client) => {
      const when = await lastApplied(client)
      if (when === undefined) return undefined
      const version = versions.find(one => one.when === when)
      if (!version) throw new StackError('database_newer', 'The database is at a migration that this version of the project does not have. Back it up with the version that made it; then this one can restore a file with --discard.')
      return version
    },
    make: async (ownerUrl, version, tables) => {
      await withSession({ connectionString: ownerUrl, application_name: 'multi-vendor-db backup' }, async (client) => {
        await client.query('SET client_min_messages = warning')
        if (tables.some(table => table.schema === 'demo')) await client.query(CLAIM)
        await withFolderUpTo(folder, journal, version, part => applyMigrations(drizzle(client), { migrationsFolder: part, migrationsSchema: 'migrations' }))
      })
    },
    finish: (ownerUrl, appUrl) => migrate({ ownerUrl, appUrl, folder }),
  }
}

async function lastApplied(client: pg.ClientBase): Promise<number | undefined> {
  const { rows: [found] } = await client.query<{ there: boolean }>('SELECT to_regclass(\'migrations.__drizzle_migrations\') IS NOT NULL AS there')
  if (!found?.there) return undefined
  const { rows: [last] } = await client.query<{ when: string | null }>('SELECT max(created_at)::text AS when FROM migrations.__drizzle_migrations')
  return last?.when ? Number(last.when) : undefined
}

/** drizzle applies a folder whole: this one ends where the backup's schema does. */
async function withFolderUpTo(folder: string, journal: Journal, { when }: Version, use: (folder: string) => Promise<void>): Promise<void> {
  const part = await mkdtemp(join(tmpdir(), 'mvdb-migrations-'))
  try {
    const entries = journal.entries.filter(entry => entry.when <= when)
    await mkdir(join(part, 'meta'))
    await writeFile(join(part, 'meta/_journal.json'), JSON.stringify({ ...journal, entries }))
    for (const { tag } of entries) await copyFile(join(folder, `${tag}.sql`), join(part, `${tag}.sql`))
    await use(part)
  }
  finally {
    await rm(part, { recursive: true, force: true })
  }
}
