import type { PGlite } from '@electric-sql/pglite'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { newPGlite } from '../../support/new-pglite'
import { createShapeEngine } from '../../../worker/apply/engine'
import { createTables } from '../../../worker/database/tables'
import { StorageFullError } from '../../../worker/storage/watch'
import { Sync } from '../../../worker/sync/sync'
import { PageServer } from '../browser/page-server'
import { company, folders, folderShape, membership, until, USER } from '../browser/visit'

/** What of the server's data is held on a device that has no room for it, or is not to hold it: sync, PGlite, HTTP. */
let pg: PGlite
let server: PageServer
let sync: Sync
let isFull: boolean
/** From how many rows on there is no room, where it is full. */
let smallest: number
/** The look for room is over. */
let looked: Promise<void>
const sentAway = new Set<string>()

beforeAll(async () => {
  pg = await newPGlite()
  await createTables(pg)
})
afterAll(() => pg.close())

beforeEach(async () => {
  isFull = false
  smallest = 100
  looked = Promise.resolve()
  sentAway.clear()
  server = new PageServer('')
  const origin = await server.listen()
  server.shape('memberships', [membership(1), membership(2)])
  for (const n of [1, 2]) server.shape(folderShape(n), folders(n * 1_000, 300, n), folders(n * 1_000 + 300, 300, n))
  const engine = await createShapeEngine(pg, { room: async (rows) => {
    await looked
    if (isFull && rows > smallest) throw new StorageFullError('100 of 100 bytes are taken')
  } })
  sync = new Sync({ pg, engine, userId: USER, origin, keeps: id => !sentAway.has(id), onChanged: () => undefined, onWrongUser: () => undefined })
})
afterEach(async () => {
  await sync.stop()
  await server.close()
  await pg.exec('TRUNCATE memberships, folders, sync_status, electric.shape_cursors')
})

const held = async () => (await pg.query<{ id: string, rows: number }>('SELECT company_id::text AS id, count(*)::int AS rows FROM folders GROUP BY 1 ORDER BY 1')).rows.map(({ id, rows }) => `${Number(id.slice(-2))}: ${rows}`).join(', ')
const state = async (shape: string, n = 1) => (await pg.query<{ state: string, error_code: string | null }>(
  `SELECT state, error_code FROM sync_status WHERE shape = $1 AND company_id = $2`, [shape, company(n)])).rows[0]
const live = (shape: string, n = 1) => until(() => state(shape, n), found => found?.state === 'live')

test('a shape that finds no room stops, says so and keeps its place; the others go on; it goes on where room is made', async () => {
  isFull = true
  await sync.start()
  await until(() => state('folders'), found => found?.error_code === 'storage_full')
  await live('groups')
  expect(await held()).toBe('')
  const asked = server.requests.filter(request => request.includes('/folders')).length
  isFull = false
  sync.retry()
  await live('folders')
  await live('folders', 2)
  expect(await held()).toBe('1: 600, 2: 600')
  expect(asked).toBeLessThan(10)
})

test('a company that is not to be held here goes, and its shapes are not asked for; its own row stays for the list; back it comes whole', async () => {
  await sync.start()
  await live('folders')
  await live('folders', 2)
  sentAway.add(company(1))
  await sync.reconcile()
  await until(held, found => found === '2: 600')
  await until(() => state('folders'), found => found?.state === 'idle')
  expect((await state('company'))?.state).toBe('live')
  expect(sync.isComplete(`company-${company(1)}-folders`)).toBe(false)
  const before = server.requests.length
  server.shape(folderShape(1)).commit({ operation: 'update', value: { id: folders(1_000, 1, 1)[0]?.id ?? '', name: 'changed meanwhile' } })
  server.shape(folderShape(2)).commit({ operation: 'update', value: { id: folders(2_000, 1, 2)[0]?.id ?? '', name: 'changed' } })
  await until(async () => (await pg.query('SELECT 1 FROM folders WHERE name = \'changed\'')).rows.length, found => found === 1)
  expect(server.requests.slice(before).filter(request => request.includes('/folders?') && request.includes(company(1)))).toEqual([])
  sentAway.clear()
  await sync.reconcile()
  await until(held, found => found === '1: 600, 2: 600')
  await until(async () => (await pg.query('SELECT 1 FROM folders WHERE name = \'changed meanwhile\'')).rows.length, found => found === 1)
})

test('a device with no room at all still hears that a company ended, and lets it go', async () => {
  await sync.start()
  await live('folders')
  await live('folders', 2)
  isFull = true
  smallest = 0
  server.shape('memberships').commit({ operation: 'delete', value: { id: membership(2).id ?? '' } })
  await until(held, found => found === '1: 600')
})

test('a stop that comes while a shape looks for room ends that shape, instead of waiting for it for ever', async () => {
  let end = () => {}
  looked = new Promise((resolve) => { end = resolve })
  await sync.start()
  const stopped = sync.stop()
  end()
  await stopped
  expect(server.requests.filter(request => request.includes('/user?'))).toEqual([])
})
