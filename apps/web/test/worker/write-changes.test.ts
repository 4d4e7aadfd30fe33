import type { PGlite, Transaction } from '@electric-sql/pglite'
import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { columnsOf, type TextRow } from '../../worker/apply/local-table'
import { writeChanges, type ShapeMessage } from '../../worker/apply/write-changes'
import { MissingRowError } from '../../worker/apply/write-rows'
import { newPGlite } from '../support/new-pglite'

let pg: PGlite
let columns: Map<string, string>
beforeAll(async () => {
  pg = await newPGlite()
  await pg.exec(`CREATE TABLE things (
    id uuid PRIMARY KEY, company_id uuid NOT NULL, name varchar(20) NOT NULL, at timestamptz, is_on boolean, amount numeric, more jsonb NOT NULL DEFAULT '{}', big bigint)`)
  columns = new Map((await columnsOf(pg, 'things')).map(({ name, type }) => [name, type]))
})
afterAll(() => pg.close())
beforeEach(() => pg.exec('DELETE FROM things'))

const [OURS, THEIRS] = ['0190c100-0000-7000-8000-000000000001', '0190c100-0000-7000-8000-000000000002']
const keyOf = (n: number) => `0190aa00-0000-7000-8000-${String(n).padStart(12, '0')}`
const WHOLE: TextRow = { company_id: OURS, name: 'a', at: null, is_on: null, amount: null, more: '{}', big: null }
type Operation = 'insert' | 'update' | 'delete'
const message = (operation: Operation, n: number, value: TextRow = {}): ShapeMessage & { value: TextRow } => ({ key: keyOf(n), value: { id: keyOf(n), ...value }, headers: { operation, lsn: '1' } }) as never

/** Applies them in one transaction, and counts its statements. */
async function write(messages: readonly ShapeMessage[]): Promise<{ more: number, statements: number }> {
  let statements = 0
  const more = await pg.transaction((tx) => {
    const counted = new Proxy(tx, {
      get(of, name) {
        if (name === 'query' || name === 'exec') statements++
        return Reflect.get(of, name) as unknown
      },
    }) as Transaction
    return writeChanges(counted, { target: { table: 'things', primaryKey: ['id'], scope: { column: 'company_id', value: OURS } }, columns, mayCopy: false }, messages as never)
  })
  return { more, statements }
}

const rows = async () => (await pg.query<{ row: object }>('SELECT to_jsonb(t) AS row FROM things t ORDER BY id')).rows.map(({ row }) => row)

const [name, at, isOn, amount, more, big] = [
  fc.string({ unit: 'grapheme', maxLength: 8 }).map(text => text.replaceAll('\0', '')), fc.constantFrom(null, '2026-01-02 03:04:05.678901+00'), fc.constantFrom(null, 't', 'f'),
  fc.constantFrom(null, '1.50', '-123456789012345678901234567890.5'), fc.constantFrom('{}', '{"a": [1, "x\\n\\"y\\""]}', '"text"', 'null'), fc.constantFrom(null, '9007199254740993'),
] as const
/** Few forms, so that neighbours often have the same. */
const fields = fc.oneof(fc.record({ name }), fc.record({ at, is_on: isOn, amount }), fc.record({ name, more, big }), fc.constant({}))
const steps = fc.array(fc.record({ n: fc.integer({ min: 1, max: 4 }), operation: fc.constantFrom<Operation>('insert', 'insert', 'update', 'update', 'update', 'update', 'delete'), value: fields }), { maxLength: 60 })

test('many changes of some rows leave what the same changes leave one by one', async () => {
  await fc.assert(fc.asyncProperty(steps, async (given) => {
    await pg.exec('DELETE FROM things')
    const there = new Set<number>()
    const messages = given.flatMap(({ n, operation, value }) => {
      // The server says of a row that it has what happened to it, and nothing of one that it has not.
      if (operation === 'insert' ? there.has(n) : !there.has(n)) return []
      if (operation === 'insert') there.add(n)
      if (operation === 'delete') there.delete(n)
      return [message(operation, n, operation === 'insert' ? { ...WHOLE, ...value } : operation === 'update' ? value : {})]
    })
    for (const one of messages) await write([one])
    const expected = await rows()
    await pg.exec('DELETE FROM things')
    expect((await write(messages)).more).toBe(there.size)
    expect(await rows()).toEqual(expected)
  }), { numRuns: 40 })
}, 60_000)

test('a row that changed several times ends as the last change says', async () => {
  await write([message('insert', 1, WHOLE), ...['b', 'c', 'd'].map(text => message('update', 1, { name: text }))])
  expect(await rows()).toMatchObject([{ name: 'd' }])
})

test('what was done to five hundred rows at once takes a few statements, not five hundred', async () => {
  const many = Array.from({ length: 500 }, (_, n) => n + 1)
  await write(many.map(n => message('insert', n, WHOLE)))
  const renamed = await write(many.map(n => message('update', n, { name: `renamed ${n}` })))
  expect(renamed.statements).toBeLessThan(5)
  expect((await rows()).slice(0, 2)).toMatchObject([{ name: 'renamed 1' }, { name: 'renamed 2' }])
  const gone = await write(many.slice(1).map(n => message('delete', n)))
  expect(gone.statements).toBeLessThan(5)
  expect(gone.more).toBe(-499)
})

test('one row of many that is not here, or another shape’s, undoes them all', async () => {
  await write([1, 2].map(n => message('insert', n, WHOLE)))
  await pg.query('INSERT INTO things (id, company_id, name) VALUES ($1, $2, $3)', [keyOf(3), THEIRS, 'theirs'])
  const before = await rows()
  for (const missing of [3, 4]) {
    await expect(write([1, missing, 2].map(n => message('update', n, { name: 'b' })))).rejects.toThrow(MissingRowError)
    expect(await rows()).toEqual(before)
  }
  expect((await write([3, 4].map(n => message('delete', n)))).more).toBe(0)
  expect(await rows()).toEqual(before)
})

test('a text that is too long is refused, not cut', async () => {
  await write([1, 2].map(n => message('insert', n, WHOLE)))
  await expect(write([1, 2].map(n => message('update', n, { name: 'x'.repeat(21) })))).rejects.toThrow(/too long/)
})
