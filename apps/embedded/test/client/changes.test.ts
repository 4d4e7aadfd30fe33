// Electric's own client, unchanged, sees each kind of change as it should.
import { type Message, Shape, ShapeStream, isChangeMessage, isControlMessage } from '@electric-sql/client'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually } from '../process.ts'
import { SECRET, type TestStack, ask, startStack } from '../stack.ts'

type Item = Record<string, string | number | boolean | null>

let stack: TestStack
let stop: AbortController
let tables = 0

beforeAll(async () => {
  stack = await startStack()
})
afterAll(async () => await stack?.remove())
afterEach(() => stop.abort())

interface Following {
  table: string
  shape: Shape<Item>
  /** Operations and controls since the shape was first up to date, up-to-date left out. */
  seen: string[]
  changes: Extract<Message<Item>, { key: string }>[]
}

/** A table of its own with rows 1 and 2 of company 1 and 3 of company 2, followed until it is up to date. */
async function follow(params: Record<string, string | string[]> = {}, liveSse = false): Promise<Following> {
  const table = `changes_${++tables}`
  await stack.sql(`CREATE TABLE ${table} (id int PRIMARY KEY, company int, name text);
    INSERT INTO ${table} VALUES (1, 1, 'one'), (2, 1, 'two'), (3, 2, 'three')`)
  stop = new AbortController()
  const stream = new ShapeStream<Item>({
    url: `${stack.url}/v1/shape`, params: { table, secret: SECRET, ...params }, signal: stop.signal, liveSse, backoffOptions: { initialDelay: 20, maxDelay: 200, multiplier: 2 },
  })
  const following: Following = { table, shape: new Shape(stream), seen: [], changes: [] }
  await following.shape.rows
  stream.subscribe((messages) => {
    for (const message of messages) {
      if (isChangeMessage(message)) {
        following.seen.push(message.headers.operation)
        following.changes.push(message)
      }
      else if (isControlMessage(message) && message.headers.control === 'must-refetch') {
        following.seen.push('must-refetch')
      }
    }
  })
  return following
}

/** Waits until the client has exactly the rows that Postgres has, of those that the condition names. */
async function agreesWithPostgres({ table, shape }: Following, condition = 'true'): Promise<void> {
  const wanted = async (): Promise<unknown> => (await stack.sql(`SELECT id, company, name FROM ${table} WHERE ${condition} ORDER BY id`)).rows
  let got: unknown
  await eventually('the client has the rows of Postgres', async () => {
    got = [...shape.currentRows].sort((a, b) => Number(a['id']) - Number(b['id']))
    return JSON.stringify(sorted(got)) === JSON.stringify(sorted(await wanted()))
  }, 8_000).catch(() => {})
  expect(got).toEqual(await wanted())
}

function sorted(rows: unknown): unknown {
  return (rows as Item[]).map(row => Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))
}

for (const liveSse of [false, true]) {
  test(`insert, update and delete, in one transaction each and in one together (${liveSse ? 'event stream' : 'long poll'})`, async () => {
    const following = await follow({}, liveSse)
    const { table } = following
    await stack.sql(`INSERT INTO ${table} VALUES (4, 1, 'four')`)
    await agreesWithPostgres(following)
    await stack.sql(`UPDATE ${table} SET name = NULL WHERE id = 4`)
    await agreesWithPostgres(following)
    await stack.sql(`DELETE FROM ${table} WHERE id = 4`)
    await agreesWithPostgres(following)
    await stack.sql(`BEGIN; INSERT INTO ${table} VALUES (5, 1, 'five'); UPDATE ${table} SET name = 'V' WHERE id = 5; DELETE FROM ${table} WHERE id = 1; COMMIT`)
    await agreesWithPostgres(following)
    expect(following.seen).toEqual(['insert', 'update', 'delete', 'insert', 'update', 'delete'])
  })
}

test('a changed key is a delete of the old and an insert of the new, which name each other', async () => {
  const following = await follow()
  await stack.sql(`UPDATE ${following.table} SET id = 10, name = 'ten' WHERE id = 1`)
  await agreesWithPostgres(following)
  expect(following.seen).toEqual(['delete', 'insert'])
  const [gone, come] = following.changes
  expect(gone?.headers).toMatchObject({ key_change_to: come?.key })
  expect(come?.headers).toMatchObject({ key_change_from: gone?.key })
})

test('two rows that swap their keys in one transaction', async () => {
  const following = await follow()
  await stack.sql(`BEGIN; UPDATE ${following.table} SET id = -1 WHERE id = 1; UPDATE ${following.table} SET id = 1 WHERE id = 2; UPDATE ${following.table} SET id = 2 WHERE id = -1; COMMIT`)
  await agreesWithPostgres(following)
})

test('a row enters a where as an insert, changes in it as an update, leaves it as a delete', async () => {
  const following = await follow({ where: 'company = $1', params: ['1'] })
  const { table } = following
  expect(following.shape.currentRows).toHaveLength(2)
  await stack.sql(`UPDATE ${table} SET company = 1 WHERE id = 3`)
  await agreesWithPostgres(following, 'company = 1')
  await stack.sql(`UPDATE ${table} SET name = 'drei' WHERE id = 3`)
  await agreesWithPostgres(following, 'company = 1')
  await stack.sql(`UPDATE ${table} SET company = 2 WHERE id = 3`)
  await agreesWithPostgres(following, 'company = 1')
  expect(following.seen).toEqual(['insert', 'update', 'delete'])
  expect(following.changes[0]?.value).toEqual({ id: 3, company: 1, name: 'three' })
})

test('a key that changes while its row enters or leaves the where is only an insert or only a delete', async () => {
  const following = await follow({ where: 'company = $1', params: ['1'] })
  await stack.sql(`UPDATE ${following.table} SET id = 30, company = 1 WHERE id = 3`)
  await stack.sql(`UPDATE ${following.table} SET id = 10, company = 2 WHERE id = 1`)
  await agreesWithPostgres(following, 'company = 1')
  expect(following.seen).toEqual(['insert', 'delete'])
})

test('what happens outside the where, and what changes nothing, is never sent', async () => {
  const following = await follow({ where: 'company = $1', params: ['1'] })
  await stack.sql(`UPDATE ${following.table} SET name = 'unseen' WHERE company = 2`)
  await stack.sql(`UPDATE ${following.table} SET name = name`)
  await stack.sql(`BEGIN; INSERT INTO ${following.table} VALUES (9, 1, 'never'); ROLLBACK`)
  await stack.sql(`INSERT INTO ${following.table} VALUES (8, 1, 'last')`)
  await agreesWithPostgres(following, 'company = 1')
  expect(following.changes.map(change => change.value)).toEqual([{ id: 8, company: 1, name: 'last' }])
})

test('replica=full sends whole rows', async () => {
  const following = await follow({ replica: 'full' })
  await stack.sql(`UPDATE ${following.table} SET name = 'uno' WHERE id = 1`)
  await agreesWithPostgres(following)
  expect(following.changes[0]).toMatchObject({ value: { id: 1, company: 1, name: 'uno' }, old_value: { name: 'one' } })
})

for (const liveSse of [false, true]) {
  test(`TRUNCATE makes the client fetch anew, and it goes on from there (${liveSse ? 'event stream' : 'long poll'})`, async () => {
    const following = await follow({}, liveSse)
    const { table } = following
    await stack.sql(`TRUNCATE ${table}`)
    await eventually('the rows are gone', () => following.shape.currentRows.length === 0)
    await stack.sql(`INSERT INTO ${table} VALUES (7, 1, 'seven')`)
    await agreesWithPostgres(following)
    expect(following.seen).toContain('must-refetch')
  })
}

test('TRUNCATE and new rows in one transaction lose neither', async () => {
  const following = await follow()
  await stack.sql(`BEGIN; INSERT INTO ${following.table} VALUES (5, 1, 'before'); TRUNCATE ${following.table}; INSERT INTO ${following.table} VALUES (6, 1, 'after'); COMMIT`)
  await agreesWithPostgres(following)
})

test('a handle that ended while the client was away is answered 409, and the client fetches anew', async () => {
  const following = await follow({ where: 'company = $1', params: ['1'] })
  const { table } = following
  await stack.sql(`ALTER TABLE ${table} ADD COLUMN extra int DEFAULT 1`)
  await stack.sql(`UPDATE ${table} SET name = 'changed' WHERE id = 2`)
  await eventually('the new column is there', () => following.shape.currentRows.some(row => row['extra'] === 1 && row['name'] === 'changed'))
  expect(following.seen).toContain('must-refetch')
  expect(following.shape.currentRows).toHaveLength(2)
})

test('an unchanged large value is not lost by an update beside it', async () => {
  const following = await follow({ replica: 'full' })
  await stack.sql(`UPDATE ${following.table} SET name = (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 2000) AS i) WHERE id = 1`)
  await stack.sql(`UPDATE ${following.table} SET company = 3 WHERE id = 1`)
  await agreesWithPostgres(following)
})

test('a row committed while the snapshot is taken is seen once, whichever side it falls on', async () => {
  await stack.sql('CREATE TABLE race (id int PRIMARY KEY, v int)')
  await ask(stack, { table: 'race', offset: '-1' })
  stop = new AbortController()
  const shapes: Shape<Item>[] = []
  for (let n = 0; n < 40; n++) {
    // Every shape has a where of its own, so each takes its snapshot among the writes.
    const stream = new ShapeStream<Item>({ url: `${stack.url}/v1/shape`, params: { table: 'race', secret: SECRET, where: `v <> ${-n - 1}` }, signal: stop.signal })
    shapes.push(new Shape(stream))
    await stack.sql(`BEGIN; INSERT INTO race VALUES (${2 * n}, ${n}); UPDATE race SET v = v + 1; COMMIT`)
    await stack.sql(`INSERT INTO race VALUES (${2 * n + 1}, ${n}); DELETE FROM race WHERE id = ${n}`)
  }
  const wanted = JSON.stringify((await stack.sql('SELECT id, v FROM race ORDER BY id')).rows)
  const rowsOf = (shape: Shape<Item>): string => JSON.stringify([...shape.currentRows].sort((a, b) => Number(a['id']) - Number(b['id'])).map(({ id, v }) => ({ id, v })))
  await eventually('all forty shapes agree', () => shapes.every(shape => rowsOf(shape) === wanted), 20_000).catch(() => {})
  expect(shapes.map(rowsOf).filter(rows => rows !== wanted)).toEqual([])
}, 60_000)
