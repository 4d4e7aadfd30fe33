// A row is judged twice: by the snapshot's query on the table, and as text from the log cast back to its types.
// Both must come to the same end, for every type.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../process.ts'
import { type TestStack, readToEnd, startStack } from '../stack.ts'

const WHERES: [string, Record<string, string>][] = [
  ['c = $1', { 1: 'ab' }], [`c = 'abc' OR c < 'b'`, {}], ['c = vc', {}], ['vc = $1', { 1: 'ab' }], [`vc LIKE 'a%'`, {}], ['length(c) = 2', {}], [`t = ''`, {}], ['t IS NULL', {}],
  ['t = c', {}], ['n = $1', { 1: '1.50' }], ['n * 2 > $1', { 1: '3' }], ['n IS NOT DISTINCT FROM $1', { 1: '0.10' }], ['r = $1', { 1: '0.1' }], ['d = $1', { 1: '0.1' }], [`d = 'NaN'`, {}],
  ['r = d', {}], ['i IN (1, 2)', {}], ['i = ANY($1)', { 1: '{1,3}' }], ['i % 2 = $1 AND b', { 1: '1' }], ['b IS NOT TRUE', {}], ['NOT b', {}],
  [`ts > '2026-01-01 12:00'`, {}], [`tz > $1`, { 1: '2026-01-01 12:00:00+02' }], [`tz BETWEEN '2025-12-31' AND '2026-06-30 00:00-05'`, {}], [`iv = $1`, { 1: '24:00:00' }], [`iv > '1 month'`, {}],
  [`j @> '{"a": 1}'`, {}], [`j ->> 'a' = $1`, { 1: '1' }], [`j ? $1`, { 1: 'b' }], ['a[2] = $1', { 1: '2' }], [`a @> ARRAY[2]`, {}], ['cardinality(a) = 0', {}], [`ta = ARRAY['x,y', NULL]`, {}], [`$1 = ANY(ta)`, { 1: '"' }],
  [`m = $1`, { 1: 'bad' }], [`m > 'bad'`, {}], ['by = $1', { 1: '\\x00ff' }], ['length(by) = 0', {}], [`bi = B'101'`, {}], ['u = $1', { 1: '00000000-0000-4000-8000-00000000000A' }], [`ip << '10.0.0.0/8'`, {}],
  [`(i, vc) = (1, 'ab')`, {}], [`CASE WHEN b THEN i > 1 ELSE t = 'x' END`, {}], [`coalesce(t, vc) = $1`, { 1: 'ab' }], [`lower(t) = 'x''"\\'`, {}], [`"select" = 1`, {}], [`rg @> 3`, {}],
]

let stack: TestStack
beforeAll(async () => {
  stack = await startStack()
  await stack.sql(`CREATE TYPE mood AS ENUM ('ok', 'bad', 'worse');
    CREATE TABLE kinds (id int PRIMARY KEY, c char(3), vc varchar(5), t text, n numeric(6, 2), r real, d double precision, i int, b boolean, ts timestamp(3), tz timestamptz,
      iv interval, j jsonb, a int[], ta text[], m mood, by bytea, bi bit(3), u uuid, ip inet, "select" int, rg int4range)`)
})
afterAll(async () => await stack?.remove())

test('snapshot and log agree about which rows a where holds', async () => {
  const params = ([where, values]: (typeof WHERES)[number]): Record<string, string> =>
    ({ table: 'kinds', where, ...Object.fromEntries(Object.entries(values).map(([number, value]) => [`params[${number}]`, value])) })
  const empty = []
  for (const each of WHERES) {
    const shape = await readToEnd(stack, params(each))
    expect(shape.status, `${each[0]}: ${shape.text}`).toBe(200)
    empty.push(shape)
  }
  await stack.sql(`INSERT INTO kinds SELECT i, (ARRAY['a', 'ab', 'abc', NULL, ''])[i % 5 + 1], (ARRAY['ab', 'a ', NULL, ''])[i % 4 + 1], (ARRAY['', 'x', E'X\\'"\\\\', NULL, 'ab', 'a'])[i % 6 + 1],
      (ARRAY[1.5, 0.1, -3, NULL])[i % 4 + 1], (ARRAY[0.1, 1e10, NULL])[i % 3 + 1], (ARRAY[0.1, 'NaN', 'infinity', 1e-300, NULL])[i % 5 + 1], i % 4, (ARRAY[true, false, NULL])[i % 3 + 1],
      '2026-01-01'::timestamp + (i || ' hours')::interval, '2026-01-01'::timestamptz + (i || ' days')::interval, (ARRAY['1 day', '24:00:00', '2 months', NULL])[i % 4 + 1]::interval,
      (ARRAY['{"a": 1}', '{"a": "1", "b": null}', '[]', 'null', NULL])[i % 5 + 1]::jsonb, (ARRAY['{1,2}', '{}', '{NULL,2,3}', NULL])[i % 4 + 1]::int[],
      (ARRAY['{"x,y",NULL}', '{"\\""}', '{}'])[i % 3 + 1]::text[], (ARRAY['ok', 'bad', 'worse', NULL])[i % 4 + 1]::mood, (ARRAY['\\x00ff', '\\x', NULL])[i % 3 + 1]::bytea,
      (ARRAY['101', '000'])[i % 2 + 1]::bit(3), ('00000000-0000-4000-8000-00000000000' || substr('0123456789abcdef', i % 16 + 1, 1))::uuid, (ARRAY['10.1.2.3', '::1', '10.0.0.0/8'])[i % 3 + 1]::inet, i % 2,
      (ARRAY['[1,5)', 'empty', '[4,)'])[i % 3 + 1]::int4range
    FROM generate_series(1, 120) AS i`)
  const wrong: string[] = []
  for (const [index, each] of WHERES.entries()) {
    const before = empty[index]
    if (!before) continue
    const [where, values] = each
    const wanted = await ids(where, values)
    let got: string[] = []
    await eventually(where, async () => {
      const log = await readToEnd(stack, params(each), before)
      got = log.messages.filter(message => message.key).map(message => message.value?.['id'] ?? '')
      return String(got) === String(wanted)
    }, 2_000).catch(() => wrong.push(`${where}: the log has ${got.length} rows, the table ${wanted.length}`))
    // Columns that differ by name make a shape of its own, with a snapshot of all rows.
    const fresh = await readToEnd(stack, { ...params(each), columns: 'id' })
    const snapshot = fresh.messages.filter(message => message.key).map(message => message.value?.['id'] ?? '')
    if (String(snapshot) !== String(wanted)) wrong.push(`${where}: the snapshot has ${snapshot.length} rows, the table ${wanted.length}`)
  }
  expect(wrong).toEqual([])
}, 60_000)

async function ids(where: string, values: Record<string, string>): Promise<string[]> {
  const { rows } = await stack.sql(`SELECT id FROM kinds WHERE ${where} ORDER BY id`, Object.values(values))
  return rows.map((row: { id: number }) => String(row.id))
}
