import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { buildWorker } from '../../../../../scripts/build-pglite-worker'
import { companiesName, generationsName } from '../../../shared/protocol/device'
import { indexedDbName } from '../../../shared/protocol/leader'
import { filesWith } from '../../support/needles'
import type { Tab } from './tab'
import { bothHeld, COUNT, databasesOf, ENDED, endSecond, KEPT, ONE_COMPANY, plant } from './two-companies'
import { company, DATABASE, folder, folderShape, until, USER, Visit } from './visit'

let workers: string
let visit: Visit
let tab: Tab
beforeAll(async () => {
  workers = await mkdtemp(join(tmpdir(), 'worker-purge-'))
  await buildWorker(workers)
})
afterAll(() => rm(workers, { recursive: true, force: true }))
beforeEach(async () => {
  visit = await Visit.start(workers)
  plant(visit)
})
async function open() {
  tab = await visit.tab()
  await bothHeld(tab)
}
afterEach(() => visit.close())

const offline = () => { visit.server.intercept = () => ({ status: 503, body: { code: 'sync_unavailable' } }) }
const isCopied = (found: string[]) => found.length === 1 && found[0]?.endsWith('.g1') === true

/** A browser whose database has come to IndexedDB stays there. */
const intoIndexedDb = (page: Page) => page.evaluate(name => new Promise<void>((resolve) => {
  const request = indexedDB.open(name, 1)
  request.onsuccess = () => {
    request.result.close()
    resolve()
  }
}), indexedDbName(DATABASE))

/** What the one store of an IndexedDB database is keyed by. */
const keysOf = (name: string) => new Promise<IDBValidKey[]>((resolve) => {
  const request = indexedDB.open(name)
  request.onsuccess = () => {
    const { result: database } = request
    const [store = ''] = database.objectStoreNames
    const keys = database.transaction(store).objectStore(store).getAllKeys()
    keys.onsuccess = () => {
      database.close()
      resolve(keys.result)
    }
  }
})

for (const where of ['OPFS', 'IndexedDB']) test(`of a company that was left not one byte stays on the disk (${where}), and nothing of the other is fetched again`, { tags: [SOAK] }, async () => {
  if (where === 'IndexedDB') await intoIndexedDb(await visit.page())
  await open()
  for (const n of [1, 2]) await tab.ask({ kind: 'used', company: company(n) })
  const before = visit.server.requests.length
  endSecond(visit)
  await until(() => tab.query(COUNT), rows => JSON.stringify(rows) === JSON.stringify(ONE_COMPANY))
  await until(() => databasesOf(tab), isCopied)
  expect(await tab.query(COUNT)).toEqual(ONE_COMPANY)
  // It goes on from where it was.
  visit.server.shape(folderShape(1)).commit({ operation: 'update', value: { id: folder(1).id ?? '', name: 'changed since' } })
  await until(() => tab.query('SELECT name FROM folders WHERE name = \'changed since\''), rows => rows.length === 1)
  // Nor does this device know any more that it had been looked at.
  await until(() => tab.query('SELECT company_id::text AS id FROM company_storage'), rows => JSON.stringify(rows) === JSON.stringify([{ id: company(1) }]))
  expect(await tab.page.evaluate(keysOf, companiesName('test', USER))).toEqual([company(1)])
  expect([await tab.ended(), await tab.failures()]).toEqual([[], []])
  await visit.end()
  expect(await filesWith(visit.profile, ENDED)).toEqual([])
  expect((await filesWith(visit.profile, KEPT)).length).toBeGreaterThan(0)
  expect(visit.server.requests.slice(before).filter(request => request.includes('offset=-1'))).toEqual([])
})

async function nothingOfTheEnded(again: Tab) {
  // The server says nothing: what is answered first is what the worker knew by itself.
  expect(await again.query(COUNT)).toEqual(ONE_COMPANY)
  await until(() => databasesOf(again), isCopied)
  await visit.end()
  expect(await filesWith(visit.profile, ENDED)).toEqual([])
  expect((await filesWith(visit.profile, KEPT)).length).toBeGreaterThan(0)
}

test('a browser that is killed in the middle of the purge finishes it at the next opening, before it answers anything', { tags: [SOAK] }, async () => {
  await open()
  endSecond(visit)
  await until(() => databasesOf(tab), found => found.some(name => name.endsWith('.g1')))
  await visit.kill()
  expect((await filesWith(visit.profile, ENDED)).length).toBeGreaterThan(0)
  offline()
  await nothingOfTheEnded(await visit.tab())
})

/** As a kill between the note and the first row leaves it. */
const note = (page: Page) => page.evaluate(([name, database, key]) => new Promise<void>((resolve) => {
  const request = indexedDB.open(name)
  request.onsuccess = () => {
    const write = request.result.transaction('generations', 'readwrite')
    write.objectStore('generations').put({ number: 0, purging: [key] }, database)
    write.oncomplete = () => {
      request.result.close()
      resolve()
    }
  }
}), [generationsName('test', USER), DATABASE, `company-${company(2)}-folders`] as const)

test('a purge of which nothing but the note was made is finished at the next opening, before anything is answered', { tags: [SOAK] }, async () => {
  await open()
  offline()
  await note(tab.page)
  await tab.page.close()
  await nothingOfTheEnded(await visit.tab())
})

test.each([
  ['copy', 1_000_000],
  // Not a statement of the old database gets through then: the first write that is thrown out leaves it stuck.
  ['note', 1],
])('where the device has no room for the %s, everything is deleted and fetched again', { tags: [SOAK] }, async (_, room) => {
  await open()
  const session = await tab.page.context().newCDPSession(tab.page)
  const origin = new URL(tab.page.url()).origin
  const { usage } = await tab.page.evaluate('navigator.storage.estimate()') as { usage: number }
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + room })
  endSecond(visit)
  await until(() => tab.ended(), reasons => reasons.length > 0)
  expect(await tab.ended()).toEqual(['purged'])
  expect(await filesWith(visit.profile, ENDED)).toEqual([])
  await session.send('Storage.overrideQuotaForOrigin', { origin })
  const again = await visit.tab()
  await until(() => again.query(COUNT), rows => JSON.stringify(rows) === JSON.stringify(ONE_COMPANY))
})
