import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newPGlite } from '../../support/new-pglite'
import { CopyBlob } from '../../../worker/apply/copy-text'
import type { TextRow } from '../../../worker/apply/local-table'
import { packPage } from '../../../worker/apply/pack-page'
import { splitRows, unpackRows } from '../../../worker/apply/snapshot-rows'

const insert = (value: TextRow, headers: object = {}) => ({ key: `"public"."t"/"${value.id ?? ''}"`, value, headers: { relation: ['public', 't'], operation: 'insert', ...headers } })
const SNAPSHOT_END = { headers: { control: 'snapshot-end', xmin: '700', xmax: '701', xip_list: [] } }
const bytes = (text: string) => new TextEncoder().encode(text)
const pack = (messages: object[]) => packPage(bytes(JSON.stringify(messages)))

const NASTY = [
  '', ' ', '\\N', '\\', '\\\\N', '\\.', 'null', '{}', '{"a":"b\\"c"}', '{"a,b","c\\\\d",NULL}', 'tab\there', 'line\nfeed', 'carriage\rreturn', 'both\r\nof them',
  '\b\f\v', '\u0001\u001F\u007F', '"', '/', '\\u0041', '\\n', 'ü', 'ß\u2028\u2029', '字', '😀', '},{"headers":{', '","name":"', ']', 'x'.repeat(70_000),
]

describe('rows taken from the bytes of a page', () => {
  let pg: PGlite
  beforeAll(async () => {
    pg = await newPGlite()
    await pg.exec('CREATE TABLE t (id text, name text)')
  })
  afterAll(() => pg.close())

  const written = async (page: string) => {
    const packed = packPage(bytes(page))
    if (!packed) throw new Error('the page was not packed')
    await pg.exec('TRUNCATE t')
    await pg.query(`COPY t (${packed.rows.columns.join(', ')}) FROM '/dev/blob'`, [], { blob: new CopyBlob(packed.rows.text) })
    return { packed, rows: (await pg.query<TextRow>('SELECT * FROM t')).rows }
  }

  test.each([
    ['as JSON.stringify writes it', (text: string) => text],
    ['with every character beyond ASCII escaped', (text: string) => text.replace(/[\u0080-\uFFFF]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)],
    ['with slashes escaped', (text: string) => text.replaceAll('/', '\\/')],
  ])('a text reaches the table unchanged, %s', async (_, spell) => {
    const values = NASTY.map((name, at): TextRow => ({ id: String(at), name }))
    const page = spell(JSON.stringify([...values, { id: 'none', name: null }].map(value => insert(value))))
    const { packed, rows } = await written(page)
    expect(rows).toEqual([...values, { id: 'none', name: null }])
    expect(unpackRows(packed.rows)).toEqual(rows)
    expect(packed.rest).toBe('[]')
  })

  test('the first rows and the rest are all rows', () => {
    const values = NASTY.map((name, at): TextRow => ({ id: String(at), name }))
    const [head, rest] = splitRows(pack(values.map(value => insert(value)))!.rows, 9)
    expect([head.count, rest.count]).toEqual([9, NASTY.length - 9])
    expect([...unpackRows(head), ...unpackRows(rest)]).toEqual(values)
  })
})

test('a mark of byte order at the beginning of a value is part of it', () => {
  const [value, cut] = [{ id: '\uFEFFa' }, insert({ id: '\uFEFFb' }, { lsn: '1' })]
  const packed = pack([insert(value), cut])
  expect(packed && unpackRows(packed.rows)).toEqual([value])
  expect(JSON.parse(packed?.rest ?? '')).toEqual([cut])
})

describe('what is no row of the snapshot stays a message', () => {
  const [a, b] = [insert({ id: 'a', name: 'A' }), insert({ id: 'b', name: 'B' })]
  test.each<[string, object[], object[]]>([
    ['the end of the snapshot', [a, b], [SNAPSHOT_END]],
    ['a row of the log, which may be there already', [a], [insert({ id: 'c', name: 'C' }, { lsn: '1' }), b]],
    ['an update', [a], [{ ...b, headers: { ...b.headers, operation: 'update' } }]],
    ['a delete', [a], [{ ...b, headers: { ...b.headers, operation: 'delete' } }, SNAPSHOT_END]],
    ['a row with fewer columns', [a], [insert({ id: 'c' })]],
    ['a row with more columns', [a], [insert({ id: 'c', name: 'C', more: 'm' })]],
    ['a row with its columns in another order', [a], [insert({ name: 'C', id: 'c' })]],
    ['a row with half a surrogate pair', [a], [insert({ id: 'c', name: '\uD800' }), insert({ id: 'd', name: '\uDC00\uD800' })]],
    ['a row with a value that is no text', [a, b], [{ ...a, value: { id: 'c', name: 1 } }]],
  ])('%s', (_, rows, rest) => {
    const packed = pack([...rows, ...rest])
    expect(packed && unpackRows(packed.rows)).toEqual(rows.map(row => (row as typeof a).value))
    expect(JSON.parse(packed?.rest ?? '')).toEqual(JSON.parse(JSON.stringify(rest)))
  })
})

test.each([
  ['nothing', ''],
  ['no list', '{"message":"no"}'],
  ['an empty list', '[]'],
  ['only control messages', JSON.stringify([SNAPSHOT_END])],
  ['rows of the log', JSON.stringify([insert({ id: 'a' }, { lsn: '1' })])],
  ['rows without columns', JSON.stringify([insert({})])],
  ['spaces between its signs', JSON.stringify([insert({ id: 'a' })], null, 1)],
  ['a column that stands twice', '[{"key":"k","value":{"id":"a","id":"b"},"headers":{"operation":"insert"}}]'],
  ['a first row that no text can hold', '[{"key":"k","value":{"id":"\\u0000"},"headers":{"operation":"insert"}}]'],
  ['something after its rows that is no list', '[{"key":"k","value":{"id":"a"},"headers":{"operation":"insert"}};]'],
  ['something after its end', '[{"key":"k","value":{"id":"a"},"headers":{"operation":"insert"}}] x'],
  ['a first row that is cut off', '[{"key":"k","value":{"id":"a"},"head'],
])('a page of %s is left to the ordinary parser', (_, page) => {
  expect(packPage(bytes(page))).toBeUndefined()
})

test('a page that is cut off is no page: what is left of it can be read by nobody', () => {
  const page = JSON.stringify([insert({ id: 'a', name: 'A' }), insert({ id: 'b', name: 'B' }), SNAPSHOT_END])
  for (let length = 1; length < page.length; length++) {
    const packed = packPage(bytes(page.slice(0, length)))
    if (packed) expect(() => JSON.parse(packed.rest) as unknown, page.slice(0, length)).toThrow()
  }
})
