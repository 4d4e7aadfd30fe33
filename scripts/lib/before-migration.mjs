import { readFileSync } from 'node:fs'
import { runChild } from './children.mjs'
import { ROOT, WEB } from './paths.mjs'
import { nodeWithTypeScript } from './run.mjs'

/**
 * Backs an embedded stack's data up where the app is about to bring them to a newer schema. Refuses to go on when that fails.
 * @param {{ dataDir: string, ownerUrl: string, logFile?: string }} options
 */
export async function backUpBeforeMigration({ dataDir, ownerUrl, logFile }) {
  if (!await willMigrate(ownerUrl)) return
  await runChild({ name: 'The backup', args: [...nodeWithTypeScript, `${ROOT}/scripts/embedded-backup.ts`, '--before-migration', '--data', dataDir], env: {}, logFile })
}

/** Whether people were ever in it (asked of the file, since policies hide rows), and the newest migration is not. Asked of PostgreSQL at every start: it takes milliseconds. */
async function willMigrate(ownerUrl) {
  const { entries } = JSON.parse(readFileSync(`${WEB}/server/db/migrations/meta/_journal.json`, 'utf8'))
  const newest = Math.max(...entries.map(({ when }) => when))
  // Not above: in a fresh clone the launcher installs the packages first.
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'multi-vendor-db backup' })
  await client.connect()
  try {
    const { rows: [there] } = await client.query('SELECT to_regclass(\'migrations.__drizzle_migrations\') IS NOT NULL AND to_regclass(\'public.users\') IS NOT NULL AS yes')
    if (!there.yes) return false
    const { rows: [found] } = await client.query('SELECT pg_relation_size(\'public.users\') > 0 AND coalesce((SELECT max(created_at) FROM migrations.__drizzle_migrations), 0) < $1 AS yes', [newest])
    return found.yes
  }
  finally {
    await client.end()
  }
}
