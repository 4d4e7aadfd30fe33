// What a where may say, the one form it gets, and the sentences for what it may not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkPredicate, type Ask, type Predicate } from '../../predicate/index.ts'
import { startDatabase, type TestDatabase } from './database.ts'

const TABLE = {
  schema: 'public',
  name: 'Docs',
  columns: [
    ['id', 'uuid'], ['n', 'integer'], ['price', 'numeric(10,2)'], ['name', 'text'], ['code', 'character(3)'], ['ok', 'boolean'],
    ['doc', 'jsonb'], ['tags', 'text[]'], ['made', 'timestamp with time zone'], ['day', 'date'], ['mood', 'public.mood'], ['Odd "name"', 'integer'],
  ].map(([name = '', sqlType = '']) => ({ name, sqlType })),
}
const ID = '00000000-0000-4000-8000-000000000001'

let database: TestDatabase
let asked = 0
const ask: Ask = async (use) => {
  asked++
  const client = await database.readers.connect()
  try {
    return await use(client)
  }
  finally {
    client.release()
  }
}

beforeAll(async () => {
  database = await startDatabase()
  await database.admin.query(`CREATE TYPE public.mood AS ENUM ('ok', 'bad')`)
}, 60_000)

afterAll(async () => await database?.stop())

function check(where: string, params: Record<string, string> = {}): Promise<Predicate> {
  return checkPredicate({ where, params, table: TABLE }, ask)
}

describe('accepts', () => {
  test.each([
    [`id = $1 AND made IS NULL`, { 1: ID }, ['uuid']],
    [`id = ANY($1)`, { 1: `{${ID}}` }, ['uuid[]']],
    [`id IN ($1, $2)`, { 1: ID, 2: ID }, ['uuid', 'uuid']],
    [`name ILIKE 'a%' AND lower(name) <> upper($1)`, { 1: 'x' }, ['text']],
    [`n BETWEEN 1 AND $1 OR n NOT BETWEEN SYMMETRIC 5 AND 3`, { 1: '7' }, ['integer']],
    [`ok`, {}, []],
    [`ok IS NOT TRUE AND NOT (ok IS UNKNOWN)`, {}, []],
    [`doc ->> 'a' = $1 AND doc @> '{"b": [1]}' AND doc ? 'c'`, { 1: 'x' }, ['text']],
    [`tags @> ARRAY['a'] AND tags[1] = 'b' AND cardinality(tags) > 1`, {}, []],
    [`made > '2026-01-01' AND made < $1`, { 1: '2026-02-01 00:00+00' }, ['timestamp with time zone']],
    [`extract(year from day) = 2026`, {}, []],
    [`mood = 'ok' OR mood = $1`, { 1: 'bad' }, ['public.mood']],
    [`coalesce(n, 0) > greatest(1, 2) AND nullif(n, 3) IS DISTINCT FROM 4`, {}, []],
    [`CASE WHEN n > 1 THEN ok ELSE false END`, {}, []],
    [`price::int = 3 AND code = 'ab' AND name COLLATE "C" > 'a'`, {}, []],
    [`"Odd ""name""" = 1`, {}, []],
    [`(n, name) = (1, 'x')`, {}, []],
    [`substring(name from 1 for 2) = 'ab' AND position('a' in name) = 1 AND trim(name) = 'x'`, {}, []],
    [`name = 'now'`, {}, []],
    [`true`, {}, []],
    // As `character`, the cast would cut the value to one letter.
    [`code = $1`, { 1: 'abc' }, ['bpchar']],
  ] as [string, Record<string, string>, string[]][])('%s', async (where, params, types) => {
    expect((await check(where, params)).types).toEqual(types)
  })
})

describe('one form', () => {
  test('two spellings of one where are the same shape', async () => {
    const forms = await Promise.all([
      `n=$1 AND name='a'`, `  n  =  $1\nAND /* why */ name = 'a' -- so`, `"Docs".n = $1 AND public."Docs".name = 'a'`, `n = $4 AND name = 'a'`,
    ].map(where => check(where, { 1: '5', 4: '5', 9: 'unused' })))
    expect(new Set(forms.map(form => JSON.stringify(form)))).toHaveLength(1)
    expect(forms[0]).toEqual({ sql: `n = $1 AND name = 'a'`, params: ['5'], types: ['integer'], columns: ['n', 'name'] })
  })

  test('a value inside a string keeps its spaces and comment signs', async () => {
    expect((await check(`name = 'a  --  /* b */ $1'`)).sql).toBe(`name = 'a  --  /* b */ $1'`)
    expect((await check(`name = 'Ünïcöde' AND n = $1`, { 1: '1' })).sql).toBe(`name = 'Ünïcöde' AND n = $1`)
  })

  test('a where that was checked is not asked about again with each long poll', async () => {
    await check('n = $1 AND ok', { 1: '1' })
    const before = asked
    await check('n = $1 AND ok', { 1: '1' })
    expect(asked).toBe(before)
    await expect(check('n = $1 AND ok', { 1: 'x' })).rejects.toThrow('invalid syntax for type integer: x')
  })
})

describe('says what is wrong', () => {
  test.each([
    [`company_id=$1`, {}, 'At location 0: unknown reference company_id'],
    [`id=$1`, {}, 'At location 3: parameter $1 was not provided'],
    [`id=$1`, { 1: 'not-a-uuid' }, 'At location 3: invalid syntax for type uuid: not-a-uuid'],
    [`name = = 1`, {}, 'At location 7: syntax error at or near "="'],
    [`ünïcode = = 1`, {}, 'At location 10: syntax error at or near "="'],
    [`name`, {}, 'WHERE clause must return a boolean'],
    [`now() > made`, {}, 'At location 0: unknown or unsupported function now/0'],
    [`id IN (SELECT id FROM x)`, {}, 'At location 3: subqueries are not supported in a where; give each row the column that decides'],
    [`made::text = 'x'`, {}, 'The where must be immutable: it may not depend on time, settings or anything but the row.'],
    [`made > $1`, { 1: 'tomorrow' }, 'At location 7: a parameter cannot mean the current time: give a fixed one'],
  ] as [string, Record<string, string>, string][])('%s', async (where, params, sentence) => {
    await expect(check(where, params)).rejects.toThrow(sentence)
  })
})
