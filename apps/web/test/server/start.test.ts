import { afterEach, expect, test } from 'vitest'
import { freePort } from '../support/child'
import { App } from './support/app'
import { makeDatabase, type Database } from './support/databases'

const opened: Database[] = []
afterEach(async () => {
  for (const database of opened.splice(0)) await database.drop()
})
async function database(options?: { solo: boolean }): Promise<Database> {
  const made = await makeDatabase(options)
  opened.push(made)
  return made
}

const TABLES = ['companies', 'company_members', 'folders', 'leads', 'user_group_members', 'user_groups', 'users', 'workspaces']
const tablesOf = async ({ sql }: Database) => (await sql.query<{ name: string }>(
  `select tablename as name from pg_tables where schemaname = 'public' order by 1`)).rows.map(row => row.name)

/** Starts a server that is to end by itself. Out: its code and what it said. */
async function refused(env: Record<string, string>): Promise<{ failed: boolean, said: string[] }> {
  const child = App.launch({ PORT: String(await freePort()), ...env })
  const failed = await child.exited().then(() => false, () => true)
  return { failed, said: child.output.trim().split('\n') }
}

test.each([
  ['DATABASE_URL', '', 'DATABASE_URL is not set.'],
  ['DATABASE_URL', 'localhost', 'DATABASE_URL is not an address like postgres://user:password@host:5432/database.'],
  ['ELECTRIC_URL', '', 'ELECTRIC_URL is not set.'],
  ['ELECTRIC_URL', 'ftp://x', 'ELECTRIC_URL is not an address like http://localhost:30000.'],
  ['ELECTRIC_API_KEY', '', 'ELECTRIC_API_KEY is not set.'],
  ['ELECTRIC_API_KEY', 'fifteen-letters', 'ELECTRIC_API_KEY is shorter than 16 characters.'],
  ['NUXT_SESSION_PASSWORD', '', 'NUXT_SESSION_PASSWORD is not set.'],
  ['NUXT_SESSION_PASSWORD', 'short', 'NUXT_SESSION_PASSWORD is shorter than 32 characters.'],
  ['PGLITE_DB_NAME', 'a b', 'PGLITE_DB_NAME may hold letters, digits, - and _ only, up to 60.'],
  ['LIVE_HOLD_SECONDS', 'long', 'LIVE_HOLD_SECONDS is not a number of seconds.'],
  ['LIVE_RECHECK_SECONDS', '0', 'LIVE_RECHECK_SECONDS is not more than 0.'],
  ['LIVE_RECHECK_SECONDS', '10.5', 'LIVE_RECHECK_SECONDS is more than 10.'],
  ['DEMO', 'yes', 'DEMO is neither 1 nor 0.'],
])('%s="%s" ends the start with one sentence', async (name, value, sentence) => {
  expect(await refused({ [name]: value })).toEqual({ failed: true, said: [sentence] })
})

test('an empty database is brought to the newest schema before the first answer', async () => {
  const fresh = await database()
  const app = await App.start({ DATABASE_URL: fresh.appUrl, DATABASE_MIGRATION_URL: fresh.ownerUrl })
  expect(await tablesOf(fresh)).toEqual(TABLES)
  await app.stop()
})

test('two servers that start at once on an empty database both come up', async () => {
  const fresh = await database()
  const env = { DATABASE_URL: fresh.appUrl, DATABASE_MIGRATION_URL: fresh.ownerUrl }
  const apps = await Promise.all([App.start(env), App.start(env)])
  expect(await tablesOf(fresh)).toEqual(TABLES)
  for (const app of apps) await app.stop()
})

test('one role that owns the database and serves is enough', async () => {
  const fresh = await database({ solo: true })
  const app = await App.start({ DATABASE_URL: fresh.appUrl, DATABASE_MIGRATION_URL: '' })
  expect(await tablesOf(fresh)).toEqual(TABLES)
  await app.stop()
})

test('a migration that fails ends the start, and leaves nothing half-done', async () => {
  const fresh = await database()
  // What is in the way of the second migration; the first would go through.
  await fresh.sql.query('create function stamp_change() returns trigger language plpgsql as $$ begin return new; end $$')
  const { failed, said } = await refused({ DATABASE_URL: fresh.appUrl, DATABASE_MIGRATION_URL: fresh.ownerUrl })
  expect(failed).toBe(true)
  expect(said).toEqual(['The database could not be brought to the newest schema, so the server does not start: function "stamp_change" already exists with same argument types.'])
  expect(await tablesOf(fresh)).toEqual([])
})
