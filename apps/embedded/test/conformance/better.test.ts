// Where the stack is deliberately better than what was recorded of Electric: topics 22, 26 and 28, and system tables.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmbedded } from '../../start.ts'
import { type TestStack, ask, readToEnd, removeFolder, startStack, temporaryFolder } from '../stack.ts'

/** Electric needed up to 60 s for these. */
const AT_ONCE_MS = 1_000

let stack: TestStack

beforeAll(async () => {
  stack = await startStack({ longPollMs: 5_000 })
})

afterAll(async () => await stack?.remove())

describe('22: a schema change with no write after it', () => {
  test.each([
    ['a column is added', 'ALTER TABLE $t ADD COLUMN n int DEFAULT 5'],
    ['a column is dropped', 'ALTER TABLE $t DROP COLUMN v'],
    ['a column is renamed', 'ALTER TABLE $t RENAME COLUMN v TO w'],
    ['a column gets another type', 'ALTER TABLE $t ALTER COLUMN v TYPE varchar(9)'],
    ['the primary key goes', 'ALTER TABLE $t DROP CONSTRAINT $t_pkey'],
  ])('%s: the live request and the old handle are sent to fetch anew at once', async (what, change) => {
    const table = `t22_${what.replaceAll(/\W/g, '_')}`
    const sql = change.replaceAll('$t', table)
    await stack.sql(`CREATE TABLE ${table} (id int PRIMARY KEY, v text); INSERT INTO ${table} VALUES (1, 'a')`)
    const { handle, offset } = await readToEnd(stack, { table })
    const live = ask(stack, { table, handle, offset, live: 'true' })
    await sleep(150)
    const changed = Date.now()
    await stack.sql(sql)
    const answer = await live
    expect(answer.status).toBe(409)
    expect(Date.now() - changed).toBeLessThan(AT_ONCE_MS)
    const old = await ask(stack, { table, handle, offset })
    expect(old.status).toBe(409)
    expect(old.handle).not.toBe(handle)
    const columns = Object.keys((await readToEnd(stack, { table })).messages[0]?.value ?? {})
    const { rows } = await stack.sql('SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1', [table])
    expect(columns).toEqual(rows.map((row: { attname: string }) => row.attname))
  })

  test('a change that leaves every row as it was disturbs nobody', async () => {
    await stack.sql(`CREATE TABLE t22_quiet (id int PRIMARY KEY, v text); INSERT INTO t22_quiet VALUES (1, 'a')`)
    const { handle, offset } = await readToEnd(stack, { table: 't22_quiet' })
    await stack.sql('CREATE INDEX ON t22_quiet (v); ALTER TABLE t22_quiet SET (fillfactor = 90)')
    await stack.sql(`INSERT INTO t22_quiet VALUES (2, 'b')`)
    const answer = await ask(stack, { table: 't22_quiet', handle, offset, live: 'true' })
    expect(answer.status).toBe(200)
    expect(answer.messages[0]?.value).toEqual({ id: '2', v: 'b' })
  })
})

describe('28: a table dropped and created again under its name', () => {
  test('the old handle and a request from the start never see the rows of the old table', async () => {
    await stack.sql(`CREATE TABLE recr (id int PRIMARY KEY, v text); INSERT INTO recr VALUES (1, 'old')`)
    const { handle, offset } = await readToEnd(stack, { table: 'recr' })
    const live = ask(stack, { table: 'recr', handle, offset, live: 'true' })
    await sleep(150)
    await stack.sql(`DROP TABLE recr; CREATE TABLE recr (id int PRIMARY KEY, v text); INSERT INTO recr VALUES (2, 'new')`)
    const [fresh, old] = await Promise.all([readToEnd(stack, { table: 'recr' }), ask(stack, { table: 'recr', handle, offset })])
    expect(fresh.handle).not.toBe(handle)
    expect(fresh.messages.filter(message => message.key).map(message => message.value)).toEqual([{ id: '2', v: 'new' }])
    expect(old.status).toBe(409)
    expect((await live).status).toBe(409)
    await stack.sql(`UPDATE recr SET v = 'newer'`)
    const next = await ask(stack, { table: 'recr', handle: fresh.handle, offset: fresh.offset, live: 'true' })
    expect(next.messages[0]?.value).toEqual({ id: '2', v: 'newer' })
  })

  test('a renamed table is gone under its old name and there under its new', async () => {
    await stack.sql(`CREATE TABLE before_name (id int PRIMARY KEY, v text); INSERT INTO before_name VALUES (1, 'a')`)
    const { handle, offset } = await readToEnd(stack, { table: 'before_name' })
    await stack.sql('ALTER TABLE before_name RENAME TO after_name')
    expect((await ask(stack, { table: 'before_name', handle, offset })).status).toBe(400)
    expect((await readToEnd(stack, { table: 'after_name' })).messages[0]?.value).toEqual({ id: '1', v: 'a' })
  })
})

describe('26: a secret that lets everyone in', () => {
  test('an empty secret is refused at start, and nothing is left running', async () => {
    const dataDir = temporaryFolder()
    await expect(startEmbedded({ port: 0, pgPort: 0, dataDir, secret: '' })).rejects.toMatchObject({ code: 'empty_secret' })
    await expect(startEmbedded({ port: 0, pgPort: 0, dataDir })).rejects.toMatchObject({ code: 'no_secret' })
    removeFolder(dataDir)
  })
})

describe('what is not a table of the user is no table at all', () => {
  test.each(['pg_catalog.pg_class', 'pg_catalog.pg_authid', 'information_schema.tables', 'pg_class', 'pg_catalog.pg_shadow', 'mvdb_embedded.anything'])('%s', async (table) => {
    const answer = await ask(stack, { table, offset: '-1' })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text)).toMatchObject({ errors: { table: [expect.stringContaining('does not exist')] } })
  })
})

describe('what is out of scope says so', () => {
  test.each([
    ['a subquery', { where: 'id IN (SELECT id FROM recr)' }, 'where', /subqueries are not supported/],
    ['a subset', { subset__limit: '5' }, 'subset', /not supported/],
  ] as [string, Record<string, string>, string, RegExp][])('%s', async (_, query, field, sentence) => {
    const answer = await ask(stack, { table: 'recr', offset: '-1', ...query })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text)).toEqual({ message: 'Invalid request', errors: { [field]: [expect.stringMatching(sentence)] } })
  })
})
