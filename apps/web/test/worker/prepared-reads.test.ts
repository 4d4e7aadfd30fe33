import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newPGlite } from '../support/new-pglite'
import { createTables } from '../../worker/database/tables'
import { SwappableDatabase } from '../../worker/database/swappable'
import { PreparedReads } from '../../worker/reads/prepared-reads'
import { reads } from '../../shared/reads/index'
import { company, folder } from './browser/visit'

const KEY = folder(1).id as string
let pg: PGlite
let prepared: PreparedReads
const fill = (to: PGlite, count: number) => to.query('INSERT INTO folders SELECT (jsonb_populate_recordset(NULL::folders, $1)).*', [JSON.stringify(Array.from({ length: count }, (_, n) => folder(n + 1)))])
const read = (name: string, params: unknown[], by = prepared) => by.run(reads[name]!, params)

beforeAll(async () => {
  pg = await newPGlite()
  await createTables(pg)
  await fill(pg, 30)
})
afterAll(() => pg.close())
beforeEach(() => { prepared = new PreparedReads(pg) })

describe('a prepared read', () => {
  test.each<[string, unknown[]]>([
    ['folder', [KEY]], ['folders-top', [company(1)]], ['breadcrumb', [KEY]], ['folder-counts', [[company(1), company(2)]]], ['companies', []], ['recent-changes', [company(1)]], ['sync-status', []],
  ])('%s has the rows that a query has, each time', async (name, params) => {
    const { rows } = await pg.query(reads[name]!.sql, params)
    for (let n = 0; n < 8; n++) expect(await read(name, params)).toEqual(rows)
  })

  test('values of every type come as a query brings them', async () => {
    const sql = 'SELECT $1::text AS word, $2::int AS n, $3::jsonb AS doc, $4::timestamptz AS at, $5::uuid[] AS ids, NULL::text AS none, 7::bigint AS big, true AS yes, 1.5::numeric AS exact'
    const params = ['é \'"\\ 中', -5, { a: [1, null] }, new Date(1_234), [KEY], null]
    const { rows } = await pg.query(sql, params.slice(0, 5))
    expect(await prepared.run({ name: 'types', sql }, params.slice(0, 5))).toEqual(rows)
    expect(await prepared.run({ name: 'null', sql: 'SELECT $1::text AS word' }, [null])).toEqual([{ word: null }])
  })

  test('an error has its SQLSTATE, and the next read and query are answered', async () => {
    await expect(read('folder', ['no uuid'])).rejects.toMatchObject({ code: '22P02' })
    await expect(prepared.run({ name: 'wrong', sql: 'SELECT * FROM nothing' }, [])).rejects.toMatchObject({ code: '42P01' })
    expect(await read('folder', [KEY])).toHaveLength(1)
    expect((await pg.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  test('it waits for the end of a transaction, and sees nothing that was not committed', async () => {
    let seen: object[] | undefined
    let asked: Promise<void> | undefined
    await pg.transaction(async (tx) => {
      await tx.query('UPDATE folders SET name = \'passing\' WHERE id = $1', [KEY])
      asked = read('folder', [KEY]).then((rows) => { seen = rows })
      await new Promise(resolve => setTimeout(resolve, 20))
      expect(seen).toBeUndefined()
      await tx.rollback()
    })
    await asked
    expect(seen).toMatchObject([{ name: 'folder 1' }])
  })

  test('statements that somebody took away are made again', async () => {
    await read('folder', [KEY])
    await pg.exec('DEALLOCATE ALL')
    expect(await read('folder', [KEY])).toHaveLength(1)
  })

  test('in another database that took the place it is prepared there', async () => {
    const other = await newPGlite()
    await createTables(other)
    let current = pg
    const swapped = new PreparedReads(pg, () => current)
    expect(await read('folder', [KEY], swapped)).toHaveLength(1)
    current = other
    expect(await read('folder', [KEY], swapped)).toHaveLength(0)
    await fill(other, 1)
    expect(await read('folder', [KEY], swapped)).toHaveLength(1)
    await other.close()
  })
})

describe('behind a database that can be replaced', () => {
  test('a read waits while another takes the place, and is answered by that one', async () => {
    const [first, second] = [await newPGlite(), await newPGlite()]
    for (const one of [first, second]) await createTables(one)
    await fill(first, 1)
    const live = new SwappableDatabase(first)
    const reader = new PreparedReads(live.reader, () => live.current)
    expect(await read('folder', [KEY], reader)).toHaveLength(1)
    let commit = () => {}
    const replaced = live.replace(() => Promise.resolve(second), () => new Promise((resolve) => { commit = resolve }))
    await new Promise(resolve => setTimeout(resolve, 20))
    let rows: object[] | undefined
    const asked = read('folder', [KEY], reader).then((found) => { rows = found })
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(rows).toBeUndefined()
    commit()
    await replaced
    await asked
    expect(rows).toEqual([])
    await second.close()
  })
})
