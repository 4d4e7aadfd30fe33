import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { quickIf, SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { buildWorker } from '../../../../../scripts/build-pglite-worker'
import { NO_HANDLES } from './preludes'
import { openTab, type Tab } from './tab'
import { DATABASE, folders, folderShape, membership, until, USER, Visit } from './visit'

let workers: string
let visit: Visit
beforeAll(async () => {
  workers = await mkdtemp(join(tmpdir(), 'worker-storage-'))
  await buildWorker(workers)
}, 120_000)
afterAll(() => rm(workers, { recursive: true, force: true }))
beforeEach(async () => {
  visit = await Visit.start(workers)
  visit.server.shape('memberships', [membership(1)])
  visit.server.shape(folderShape(1), folders(1, 50))
})
afterEach(() => visit.close())

const storageOf = (tab: Tab) => until(() => tab.query('SELECT storage FROM app_read.device_status'), rows => rows.length === 1).then(([row]) => row?.storage)
const synced = (tab: Tab) => until(() => tab.query('SELECT count(*)::int AS rows FROM folders'), ([found]) => found?.rows === 50)

/** In the first 20 s, as where a machine has much else to do. */
const SLOW_FILES = `const getDirectory = StorageManager.prototype.getDirectory;
  StorageManager.prototype.getDirectory = async function () {
    if (performance.now() < 20_000) await new Promise(go => setTimeout(go, 6_000));
    return getDirectory.call(this);
  };`
/** What a browser does where the person, or a private window, lets a site store nothing. */
const REFUSE = 'const refused = () => new DOMException(\'The request was denied.\', \'SecurityError\');'
const OPFS_REFUSED = `${REFUSE} StorageManager.prototype.getDirectory = () => Promise.reject(refused());`
const ALL_REFUSED = `${OPFS_REFUSED} for (const name of ['open', 'deleteDatabase']) IDBFactory.prototype[name] = () => { throw refused() };
  IDBFactory.prototype.databases = () => Promise.reject(refused());`

describe('the storage that this browser really gives', () => {
  for (const [about, prelude, kind] of [
    ['files of the browser', '', 'opfs'],
    ['no handles of files: IndexedDB', NO_HANDLES, 'idb'],
    ['files that are refused: IndexedDB', OPFS_REFUSED, 'idb'],
  ] as const) test(about, { timeout: 60_000, ...quickIf(prelude !== OPFS_REFUSED) }, async () => {
    visit.server.prelude = prelude
    const tab = await visit.tab()
    expect(await storageOf(tab)).toBe(kind)
    await synced(tab)
    expect(visit.server.files).toContain('start.data')
    expect(visit.server.files).not.toContain('initdb.wasm')
    await tab.page.close()
    const again = await visit.tab()
    expect(await storageOf(again)).toBe(kind)
    await synced(again)
  })

  test('files of the browser that are slow to answer: a database that is there is waited for, and no empty one takes its place', { tags: [SOAK], timeout: 90_000 }, async () => {
    const tab = await visit.tab()
    await synced(tab)
    await tab.page.close()
    visit.server.prelude = SLOW_FILES
    visit.server.intercept = () => ({ status: 503, body: { code: 'sync_unavailable' } })
    const again = await visit.tab()
    expect(await again.query('SELECT count(*)::int AS rows FROM folders')).toEqual([{ rows: 50 }])
    expect(await storageOf(again)).toBe('opfs')
  })

  test('nothing at all: memory, where everything works and is gone with the last tab', { tags: [SOAK], timeout: 60_000 }, async () => {
    visit.server.prelude = ALL_REFUSED
    const tab = await visit.tab()
    expect(await storageOf(tab)).toBe('memory')
    await synced(tab)
    await tab.page.close()
    visit.server.intercept = () => ({ status: 503, body: { code: 'sync_unavailable' } })
    const again = await visit.tab()
    expect(await again.query('SELECT count(*)::int AS rows FROM folders')).toEqual([{ rows: 0 }])
    expect(await again.ended()).toEqual([])
  })

  test('a private window has all of it, and leaves nothing', { tags: [SOAK], timeout: 60_000 }, async () => {
    const page = await visit.page()
    const context = await page.context().browser()?.newContext()
    if (!context) return
    try {
      const private_ = await context.newPage()
      await private_.goto(page.url())
      const tab = await openTab(private_, DATABASE, USER)
      await synced(tab)
      expect(await storageOf(tab)).toBe('opfs')
    }
    finally {
      await context.close()
    }
  })
})

for (const name of ['pglite.wasm', 'pglite.data', 'start.data']) test(`a network that is away while ${name} is fetched does not end the database: it opens when the network is back`, { timeout: 60_000, ...quickIf(name === 'pglite.wasm') }, async () => {
  visit.server.unreachable = name
  const tab = await visit.tab()
  await until(async () => visit.server.files.filter(file => file === name).length, times => times >= 3)
  expect(await tab.ended()).toEqual([])
  visit.server.unreachable = undefined
  await synced(tab)
  expect(await storageOf(tab)).toBe('opfs')
})

test('a worker without its start data makes a database by initdb', { tags: [SOAK], timeout: 60_000 }, async () => {
  visit.server.missing = 'start.data'
  const tab = await visit.tab()
  await synced(tab)
  expect(visit.server.files).toContain('initdb.wasm')
})
