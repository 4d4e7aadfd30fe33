import type { PGlite } from '@electric-sql/pglite'
import { beforeEach, expect, test } from 'vitest'
import { newPGlite } from '../support/new-pglite'
import { Cursors } from '../../worker/apply/cursors'
import { packPage } from '../../worker/apply/pack-page'
import { ShapeApplier } from '../../worker/apply/shape-applier'
import type { SnapshotRows } from '../../worker/apply/snapshot-rows'

/** A page of a snapshot as it comes to the applier. */
function page(from: number, to: number): SnapshotRows[] {
  const packed = packPage(new TextEncoder().encode(JSON.stringify(Array.from({ length: to - from }, (_, at) => ({
    key: String(from + at), value: { id: String(from + at), name: `row ${from + at}` }, headers: { operation: 'insert' },
  })))))
  return packed ? [packed.rows] : []
}
const END = { handle: 'h', offset: '0_0' } as const

let pg: PGlite
let cursors: Cursors

beforeEach(async () => {
  pg = await newPGlite()
  await pg.exec('CREATE TABLE public.things (id int PRIMARY KEY, name text)')
  cursors = new Cursors('electric')
  await cursors.create(pg)
  return () => pg.close()
})

async function open(): Promise<ShapeApplier> {
  const applier = new ShapeApplier(pg, cursors, {
    key: 'things', table: 'public.things', primaryKey: ['id'], ownership: { kind: 'table' },
  })
  await applier.open()
  return applier
}
const ids = async () => (await pg.query<{ id: number }>('SELECT id FROM things ORDER BY id')).rows.map(row => row.id)
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)

test('the first rows of a long first page are there before the rest of it is written', async () => {
  const applier = await open()
  let seen: number[] = []
  const applied = await applier.apply(page(0, 5000), END, true, async () => {
    seen = await ids()
  })
  expect(seen).toEqual(numbers(0, 1000))
  expect(applied).toEqual({ upToDate: false, changed: true })
  expect(await ids()).toEqual(numbers(0, 5000))
  expect(applier.cursor).toMatchObject({ rows: 5000, handle: 'h', offset: '0_0' })
})

test('a kill between the first rows and the rest leaves none that the server no longer has', async () => {
  await expect((await open()).apply(page(0, 5000), END, true, () => Promise.reject(new Error('killed here')))).rejects.toThrow('killed here')
  expect(await ids()).toEqual(numbers(0, 1000))
  // Opened again from the cursor: meanwhile the server has deleted the first half of the head.
  const applier = await open()
  expect(applier.position.offset).toBe('-1')
  await applier.apply(page(500, 5000), { handle: 'h2', offset: '0_0' }, true, () => Promise.resolve())
  expect(await ids()).toEqual(numbers(500, 5000))
  expect(applier.cursor).toMatchObject({ rows: 4500, handle: 'h2', offset: '0_0' })
})

test('the screen is told that the first rows are gone, where the shape has none by the time the page is asked for again', async () => {
  const applier = await open()
  await expect(applier.apply(page(0, 5000), END, true, () => Promise.reject(new Error('no room for the rest')))).rejects.toThrow('no room')
  const applied = await applier.apply([{ headers: { control: 'up-to-date', global_last_seen_lsn: '1' } }], END, true)
  expect(await ids()).toEqual([])
  expect(applied).toEqual({ upToDate: true, changed: true })
})

test('a short page, a later page and a refetch are written whole', async () => {
  const applier = await open()
  const onHead = () => Promise.reject(new Error('no head is expected'))
  await applier.apply(page(0, 1500), END, true, onHead)
  await applier.apply(page(1500, 5000), { handle: 'h', offset: '0_1' }, false, onHead)
  await applier.refetch()
  await applier.apply(page(0, 5000), { handle: 'h2', offset: '0_0' }, true, onHead)
  expect(await ids()).toEqual(numbers(0, 5000))
})
