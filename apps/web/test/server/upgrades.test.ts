import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TableInUseError, withoutWaitingLong } from '../../server/db/lock-timeout'
import { migrate } from '../../server/db/migrate'
import { READ_SCHEMA } from '../../server/reads/views'
import { until } from '../support/wait'
import { makeDatabase, type Database } from './support/databases'

const OURS = fileURLToPath(new URL('../../server/db/migrations', import.meta.url))

let database: Database
let folder: string
let nth = 0

beforeAll(async () => {
  database = await makeDatabase()
  folder = await mkdtemp(join(tmpdir(), 'mvdb-migrations-'))
  await cp(OURS, folder, { recursive: true })
  await upgrade()
})
afterAll(async () => {
  await database?.drop()
  await rm(folder, { recursive: true, force: true })
})

/** Migrates as a server of the newest release does when it starts. */
const upgrade = () => migrate({ ownerUrl: database.ownerUrl, appUrl: database.appUrl, folder })

/** The next release has one migration more. */
async function release(sql: string): Promise<void> {
  const path = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(await readFile(path, 'utf8')) as { entries: { idx: number, when: number, tag: string }[] }
  const last = journal.entries.at(-1)
  if (!last) throw new Error('there are no migrations')
  const tag = `${9000 + ++nth}_next`
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag })
  await writeFile(path, JSON.stringify(journal))
  await writeFile(join(folder, `${tag}.sql`), sql)
}

const has = async (table: string, column: string) => (await database.sql.query('select 1 from information_schema.columns where table_name = $1 and column_name = $2', [table, column])).rowCount === 1

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

test('a transaction that reads for long holds up a migration, and nobody behind it for longer than the migration asks', async () => {
  await release('ALTER TABLE leads ADD COLUMN later text')
  const [reader, other] = [await connect(database.appUrl), await connect(database.appUrl)]
  await reader.query('begin; select count(*) from leads')
  const upgrading = upgrade()
  const isWaiting = async () => (await database.sql.query(`select 1 from pg_stat_activity where application_name = 'multi-vendor-db migrations' and wait_event_type = 'Lock' and datname = current_database()`)).rowCount === 1
  await until('the migration waits', isWaiting)
  // This one came after the migration, and would wait for the reader too.
  await other.query('set statement_timeout = \'4s\'; select count(*) from leads')
  expect(await has('leads', 'later')).toBe(false)
  await reader.query('commit')
  await upgrading
  expect(await has('leads', 'later')).toBe(true)
  await Promise.all([reader.end(), other.end()])
})

test('a table that is in use all the time ends the upgrade with one sentence that says by whom, and nothing is changed', async () => {
  const [holder, client] = [await connect(database.appUrl), await connect(database.ownerUrl)]
  await holder.query('begin; select count(*) from leads')
  const { rows: [{ pid } = { pid: 0 }] } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid')
  const change = () => withoutWaitingLong(client, async () => { await client.query('begin; create table half_done (id int); alter table leads add column never text; commit') }, { lockMs: 50, attempts: 2 })
  const failure = await change().catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(TableInUseError)
  expect(String(failure)).toMatch(new RegExp(`in use all the time\\. Process ${pid} \\(.*\\) holds one: let it end`))
  expect((await client.query('select to_regclass(\'half_done\') as there')).rows).toEqual([{ there: null }])
  expect((await client.query('show lock_timeout')).rows).toEqual([{ lock_timeout: '0' }])
  await Promise.all([holder.end(), client.end()])
})

test('a release was left out: the views of the oldest version go where they hold a column that is taken away, ours stay', async () => {
  const owner = decodeURIComponent(new URL(database.ownerUrl).username)
  await database.sql.query(`set role ${owner}; alter table leads add column old_thing text; create schema app_read_00000000000a;
    create view app_read_00000000000a.leads as select id, old_thing from leads; comment on schema app_read_00000000000a is '{"version":"x","at":"2026-01-01T00:00:00Z"}'; reset role`)
  const before = (await database.sql.query(`select $1::regclass::oid as id`, [`${READ_SCHEMA}.leads`])).rows
  await release('ALTER TABLE leads DROP COLUMN old_thing')
  await upgrade()
  expect(await has('leads', 'old_thing')).toBe(false)
  expect((await database.sql.query('select to_regnamespace(\'app_read_00000000000a\') as there')).rows).toEqual([{ there: null }])
  expect((await database.sql.query(`select $1::regclass::oid as id`, [`${READ_SCHEMA}.leads`])).rows).toEqual(before)
})

test('a table that no rule speaks of is closed to the app, and an upgrade that changes no rule locks no table', async () => {
  await release('CREATE TABLE forgotten (id int); INSERT INTO forgotten VALUES (1)')
  // Whoever reads now is in nobody's way.
  const reader = await connect(database.appUrl)
  await reader.query('begin; select count(*) from leads; select count(*) from users; select count(*) from auth.sessions')
  await upgrade()
  expect((await reader.query('select * from forgotten')).rows).toEqual([])
  await reader.query('rollback')
  await reader.end()
})
