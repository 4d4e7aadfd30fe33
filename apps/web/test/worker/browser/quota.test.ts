import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { buildWorker } from '../../../../../scripts/build-pglite-worker'
import { filesWith } from '../../support/needles'
import type { Tab } from './tab'
import { folder, folders, folderShape, membership, until, Visit } from './visit'

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

test('a browser that was killed with its storage full opens what it had', { tags: [SOAK] }, async () => {
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

describe('a browser that was killed, and then has no room even to open the database', () => {
  let full: Tab
  let allowAll: () => Promise<unknown>

  /** @param meets what the browser meets when it is opened again */
  async function openedFull(meets: () => void): Promise<void> {
    visit.server.shape('memberships', [membership(1)])
    visit.server.shape(folderShape(1), folders(1, 6_000))
    const tab = await visit.tab()
    await until(() => stateOf(tab, 'folders'), found => found?.complete === true)
    // What was not written down in peace is written down again at the opening, and takes room.
    visit.server.shape(folderShape(1)).commit(...folders(1, 3_000).map(({ id }) => ({ operation: 'update' as const, value: { id: id ?? '', name: `${id} `.repeat(4) } })))
    await until(() => tab.query('SELECT count(*)::int AS rows FROM folders WHERE name NOT LIKE \'folder %\''), ([found]) => found?.rows === 3_000)
    await visit.kill()
    meets()
    const page = await visit.page()
    // The override ends with the session that it was asked in.
    const session = await page.context().newCDPSession(page)
    const { usage } = await page.evaluate('navigator.storage.estimate()') as { usage: number }
    const origin = new URL(page.url()).origin
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 1 })
    allowAll = () => session.send('Storage.overrideQuotaForOrigin', { origin })
    full = await visit.tab()
  }

  test('deletes nothing without a network: all is there again when there is room', { tags: [SOAK] }, async () => {
    const away = () => ({ status: 503, body: { code: 'sync_unavailable' } })
    await openedFull(() => { visit.server.intercept = away })
    await until(() => full.query('SELECT storage FROM device_status').catch(() => []), ([found]) => found?.storage === 'memory')
    await full.page.close()
    await allowAll()
    const again = await visit.tab()
    expect(await count(again)).toBe(6_000)
    expect((await again.query('SELECT storage FROM device_status'))[0]?.storage).toBe('opfs')
  })

  test('keeps nothing of what may have ended: as soon as the server is heard, what cannot be looked into is deleted and fetched again', { tags: [SOAK] }, async () => {
    await openedFull(() => undefined)
    await until(() => full.ended(), reasons => reasons.length > 0)
    expect(await full.ended()).toEqual(['purged'])
    expect(await filesWith(visit.profile, folder(2_345).id ?? '')).toEqual([])
    await allowAll()
    const again = await visit.tab()
    await until(() => count(again), rows => rows === 6_000)
    expect((await again.query('SELECT storage FROM device_status'))[0]?.storage).toBe('opfs')
  })
})
