import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { buildWorker } from '../../../../../scripts/build-pglite-worker'
import { indexedDbName } from '../../../shared/protocol/leader'
import { NO_HANDLES } from './preludes'
import { openTab, type Tab } from './tab'
import { answerOrEnd, DATABASE, folders, folderShape, membership, until, USER, Visit, wholeCopy } from './visit'

const ROWS = 2000

let workers: string
let visit: Visit
beforeAll(async () => {
  workers = await mkdtemp(join(tmpdir(), 'worker-decay-idb-'))
  await buildWorker(workers)
  visit = await Visit.start(workers)
  visit.server.prelude = NO_HANDLES
  visit.server.shape('memberships', [membership(1)])
  visit.server.shape(folderShape(1), folders(1, ROWS))
})
afterAll(async () => {
  await visit.close()
  await rm(workers, { recursive: true, force: true })
})

/** In the page: damages the files that PGlite keeps in IndexedDB, of which none is open. Says how many it changed. */
async function damage([database, how, where]: readonly [string, 'flip' | 'cut' | 'remove', 'all' | 'largest' | 'control']): Promise<number> {
  interface Kept { contents?: Uint8Array }
  const settled = <T>(request: IDBRequest<T>) => new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const connection = await settled(indexedDB.open(database))
  const store = connection.transaction('FILE_DATA', 'readwrite').objectStore('FILE_DATA')
  const paths = await settled(store.getAllKeys()) as string[]
  const files: { path: string, kept: Kept, size: number }[] = []
  for (const path of paths) {
    const kept = await settled(store.get(path) as IDBRequest<Kept>)
    if (kept.contents && kept.contents.length > 0) files.push({ path, kept, size: kept.contents.length })
  }
  const chosen = {
    all: () => files,
    largest: () => files.filter(({ path }) => path.includes('/base/')).sort((a, b) => b.size - a.size).slice(0, 1),
    control: () => files.filter(({ path }) => path.endsWith('/global/pg_control')),
  }[where]()
  for (const { path, kept, size } of chosen) {
    if (how === 'remove') {
      await settled(store.delete(path))
      continue
    }
    const contents = how === 'cut' ? kept.contents?.slice(0, Math.floor(size / 2)) : kept.contents
    if (how === 'flip') for (let at = 100; at < size; at += 4096) contents?.set([0xDE, 0xCA, 0x11].slice(0, size - at), at)
    await settled(store.put({ ...kept, contents }, path))
  }
  connection.close()
  return chosen.length
}

const isWhole = (tab: Tab) => wholeCopy(tab, ROWS)
const storageOf = (tab: Tab) => until(() => tab.query('SELECT storage FROM app_read.device_status'), rows => rows.length === 1).then(([row]) => row?.storage)

for (const [about, how, where] of [
  ['every file flipped', 'flip', 'all'],
  ['every file cut in half', 'cut', 'all'],
  ['its largest file missing', 'remove', 'largest'],
  ['PostgreSQL\'s own record missing', 'remove', 'control'],
] as const) test(`a database in IndexedDB with ${about} is made anew, by itself or at the next opening, and no page waits for ever`, { timeout: 90_000, tags: [SOAK] }, async () => {
  const before = await visit.tab()
  expect(await storageOf(before)).toBe('idb')
  await isWhole(before)
  const page = await visit.page()
  await before.page.close()
  // The worker of the page that was closed stores what it wrote last, a moment later; what it holds cannot be damaged.
  await until(() => page.evaluate(async name => (await navigator.locks.query()).held?.some(lock => lock.name?.includes(name)) ?? false, DATABASE), isHeld => !isHeld)
  expect(await page.evaluate(damage, [indexedDbName(DATABASE), how, where] as const)).toBeGreaterThan(0)

  let tab = await openTab(page, DATABASE, USER)
  await answerOrEnd(tab)
  if ((await tab.ended()).length > 0) {
    await page.reload()
    tab = await openTab(page, DATABASE, USER)
  }
  await isWhole(tab)
  await tab.page.close()
})
