import { beforeEach, expect, test } from 'vitest'
import type { PGlite } from '@electric-sql/pglite'
import { newPGlite } from '../support/new-pglite'
import { Cursors } from '../../worker/apply/cursors'
import { packPage } from '../../worker/apply/pack-page'
import { ShapeApplier } from '../../worker/apply/shape-applier'

// A page stays open while the server is upgraded: the rows that it is sent then may have columns that its table has not.

let pg: PGlite
let applier: ShapeApplier

beforeEach(async () => {
  pg = await newPGlite()
  await pg.exec('CREATE TABLE public.things (id int PRIMARY KEY, name text)')
  const cursors = new Cursors('electric')
  await cursors.create(pg)
  applier = new ShapeApplier(pg, cursors, { key: 'things', table: 'public.things', primaryKey: ['id'], ownership: { kind: 'table' } })
  await applier.open()
  return () => pg.close()
})

const things = async () => (await pg.query('SELECT * FROM things ORDER BY id')).rows
const END = { handle: 'h', offset: '0_0' } as const

test('a snapshot with a column that the table has not fills it without that column', async () => {
  const packed = packPage(new TextEncoder().encode(JSON.stringify([1, 2].map(id => ({
    key: String(id), value: { id: String(id), colour: 'tab\tand \\N', name: `row ${id}` }, headers: { operation: 'insert' },
  })))))
  if (!packed) throw new Error('the page was not packed')
  await applier.apply([packed.rows], END)
  expect(await things()).toEqual([{ id: 1, name: 'row 1' }, { id: 2, name: 'row 2' }])
})

test('so do the changes after it, and one of the new column alone changes nothing', async () => {
  const change = (operation: 'insert' | 'update', value: Record<string, string>) => ({ key: '1', value, headers: { operation, lsn: '1' } }) as const
  await applier.apply([change('insert', { id: '1', name: 'one', colour: 'red' })], END)
  await applier.apply([change('update', { id: '1', colour: 'blue' })], END)
  expect(await things()).toEqual([{ id: 1, name: 'one' }])
  await applier.apply([change('update', { id: '1', name: 'uno', colour: 'green' })], END)
  expect(await things()).toEqual([{ id: 1, name: 'uno' }])
})
