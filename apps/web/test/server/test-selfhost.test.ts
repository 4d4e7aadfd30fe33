import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { Running } from '../../../../test/commands/support/command'
import { type Database, makeDatabase } from './support/databases'
import { SECRET } from './support/secret'

const { electricUrl } = inject('stack')
let database: Database

beforeAll(async () => {
  database = await makeDatabase()
})
afterAll(() => database.drop())

/** Runs `pnpm test:selfhost` on the empty database, with some of it otherwise. Out: what it said when it refused. */
async function refused(env: Record<string, string> = {}): Promise<string> {
  const command = new Running(['scripts/test-selfhost.mjs'], {
    DATABASE_URL: database.appUrl, DATABASE_MIGRATION_URL: database.ownerUrl, ELECTRIC_URL: electricUrl, ELECTRIC_API_KEY: SECRET, ...env,
  })
  expect(await command.ended, command.output).toBe(1)
  for (const url of [database.appUrl, database.ownerUrl]) expect(command.output).not.toContain(new URL(url).password)
  return command.output.trim()
}

const relations = async () => (await database.sql.query(`select relname from pg_class where relnamespace = 'public'::regnamespace order by 1`)).rows

test('test:selfhost refuses a wrong key, an Electric that is away, and one on another database, and leaves the database as it was', async () => {
  expect(await refused({ ELECTRIC_API_KEY: 'another key' })).toMatch(/refuses ELECTRIC_API_KEY: give what its ELECTRIC_SECRET is\.$/)
  expect(await refused({ ELECTRIC_URL: 'http://127.0.0.1:1' })).toMatch(/^Electric at 127\.0\.0\.1:1 does not answer \(.+\): start it, or correct ELECTRIC_URL\.$/)
  expect(await refused()).toMatch(/does not see a table of the database test_\w+ \(it answers 400\)/)
  expect(await relations()).toEqual([])
})

test('test:selfhost refuses a database that holds anything, and two that are not one', async () => {
  const { ownerUrl } = inject('stack')
  expect(await refused({ DATABASE_MIGRATION_URL: ownerUrl })).toMatch(/lead to two databases/)
  await database.sql.query('create schema theirs; create table theirs.kept (id int primary key); insert into theirs.kept values (1)')
  expect(await refused()).toMatch(/^The database test_\w+ is not empty: it holds theirs\.kept\. These tests/)
  expect((await database.sql.query('select from theirs.kept')).rowCount).toBe(1)
})
