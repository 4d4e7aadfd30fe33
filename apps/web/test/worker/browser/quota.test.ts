import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildWorker } from '../../../../../scripts/build-pglite-worker'
import type { Tab } from './tab'
import { folders, folderShape, membership, until, Visit } from './visit'

/** A site that may store so many bytes and no more, by the browser's own hand. */
let workers: string
let visit: Visit
beforeAll(async () => {
  workers = await mkdtemp(join(tmpdir(), 'worker-quota-'))
  await buildWorker(workers)
})
afterAll(() => rm(workers, { recursive: true, force: true }))
beforeEach(async () => {
  visit = await Visit.start(workers)
})
afterEach(() => visit.close())

/** What a page of a first sync needs before it is taken, and a little that is less than a second one. */
const ROOM = 52e6
const PAGES = 12
const ROWS = 2_000

/** Lets the site store so many bytes beyond what it stores now; all that it wants where none are said. */
async function allow(tab: Tab, room?: number): Promise<void> {
  const session = await tab.page.context().newCDPSession(tab.page)
  const { usage } = await tab.page.evaluate('navigator.storage.estimate()') as { usage: number }
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(tab.page.url()).origin, ...room !== undefined && { quotaSize: usage + room } })
}
const stateOf = async (tab: Tab, shape: string) => (await tab.query('SELECT state, error_code, complete FROM sync_status WHERE shape = $1', [shape]))[0]
const count = async (tab: Tab) => Number((await tab.query('SELECT count(*)::int AS rows FROM folders'))[0]?.rows)

test('a first sync that meets the end of the storage stops that shape alone and says so; what is here is read, and it goes on where room is made', async () => {
  visit.server.shape('memberships', [membership(1)])
  const wide = folders(1, PAGES * ROWS).map(row => ({ ...row, description: `${row.id} `.repeat(40) }))
  let held = true
  visit.server.shape(folderShape(1), ...Array.from({ length: PAGES }, (_, page) => wide.slice(page * ROWS, (page + 1) * ROWS)))
  visit.server.intercept = url => held && url.pathname.endsWith('/folders') ? { status: 503, body: { code: 'sync_unavailable' } } : undefined
  const tab = await visit.tab()
  await until(() => stateOf(tab, 'groups'), found => found?.state === 'live')
  await allow(tab, ROOM)
  held = false
  await tab.ask({ kind: 'retry' })

  await until(() => stateOf(tab, 'folders'), found => found?.error_code === 'storage_full')
  const here = await count(tab)
  expect(here).toBeLessThan(PAGES * ROWS)
  expect((await stateOf(tab, 'groups'))?.state).toBe('live')
  expect(await tab.ended()).toEqual([])
  // A change elsewhere is small, and there is room for it.
  visit.server.shape('memberships').commit({ operation: 'update', value: { id: membership(1).id ?? '', name: 'written meanwhile' } })
  await until(() => tab.query('SELECT name FROM memberships'), ([row]) => row?.name === 'written meanwhile')

  await allow(tab)
  await tab.ask({ kind: 'retry' })
  await until(() => stateOf(tab, 'folders'), found => found?.complete === true)
  expect(await count(tab)).toBe(PAGES * ROWS)
  expect(await tab.ended()).toEqual([])
})

test('a browser that was killed with its storage full opens what it had', async () => {
  visit.server.shape('memberships', [membership(1)])
  visit.server.shape(folderShape(1), folders(1, 500))
  const tab = await visit.tab()
  await until(() => stateOf(tab, 'folders'), found => found?.complete === true)
  await allow(tab, 1)
  visit.server.shape(folderShape(1)).commit(...folders(1, 400).map(({ id }) => ({ operation: 'update' as const, value: { id: id ?? '', name: 'has no room' } })))
  await until(() => stateOf(tab, 'folders'), found => found?.error_code === 'storage_full')
  await visit.kill()
  visit.server.intercept = () => ({ status: 503, body: { code: 'sync_unavailable' } })
  const again = await visit.tab()
  expect(await count(again)).toBe(500)
  expect(await again.query('SELECT 1 FROM folders WHERE name = \'has no room\'')).toEqual([])
})

test('a browser that was killed, and then has no room even to open the database, deletes nothing: all is there again when there is some', async () => {
  visit.server.shape('memberships', [membership(1)])
  visit.server.shape(folderShape(1), folders(1, 6_000))
  const tab = await visit.tab()
  await until(() => stateOf(tab, 'folders'), found => found?.complete === true)
  // What was not written down in peace is written down again at the opening, and takes room.
  visit.server.shape(folderShape(1)).commit(...folders(1, 3_000).map(({ id }) => ({ operation: 'update' as const, value: { id: id ?? '', name: `${id} `.repeat(4) } })))
  await until(() => tab.query('SELECT count(*)::int AS rows FROM folders WHERE name NOT LIKE \'folder %\''), ([found]) => found?.rows === 3_000)
  await visit.kill()
  const page = await visit.page()
  // The override ends with the session that it was asked in.
  const session = await page.context().newCDPSession(page)
  const { usage } = await page.evaluate('navigator.storage.estimate()') as { usage: number }
  const origin = new URL(page.url()).origin
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 1 })
  const full = await visit.tab()
  await until(() => full.query('SELECT storage FROM device_status').catch(() => []), ([found]) => found?.storage === 'memory')
  await full.page.close()
  await session.send('Storage.overrideQuotaForOrigin', { origin })
  visit.server.intercept = () => ({ status: 503, body: { code: 'sync_unavailable' } })
  const again = await visit.tab()
  expect(await count(again)).toBe(6_000)
  expect((await again.query('SELECT storage FROM device_status'))[0]?.storage).toBe('opfs')
})
