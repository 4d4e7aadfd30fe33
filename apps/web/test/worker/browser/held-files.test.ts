import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { buildWorker } from '../../../../../scripts/build-pglite-worker'
import { openTab } from './tab'
import { DATABASE, membership, until, USER, Visit } from './visit'

let workers: string
let visit: Visit
beforeAll(async () => {
  workers = await mkdtemp(join(tmpdir(), 'worker-held-'))
  await buildWorker(workers)
})
afterAll(() => rm(workers, { recursive: true, force: true }))
beforeEach(async () => {
  visit = await Visit.start(workers)
})
afterEach(() => visit.close())

const rows = 'SELECT count(*)::int AS rows FROM memberships'

/** A worker of another window takes the database's files (its state, or its data) until it is told to let go. */
async function hold(page: Page, which: 'state' | 'data'): Promise<() => Promise<unknown>> {
  await page.evaluate(([database, which]) => {
    const work = async (database: string, which: string) => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(database)
      const files = which === 'state' ? [await folder.getFileHandle('state.txt')] : await Array.fromAsync((await folder.getDirectoryHandle('data')).values())
      const handles = await Promise.all(files.map(file => (file as FileSystemFileHandle).createSyncAccessHandle()))
      self.onmessage = () => {
        for (const handle of handles) handle.close()
        self.postMessage('free')
      }
      self.postMessage('held')
    }
    const source = `globalThis.__name = given => given; (${work})(${JSON.stringify(database)}, ${JSON.stringify(which)}).catch(error => postMessage(String(error)))`
    const holder = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })))
    Object.assign(window, { holder })
    return new Promise((resolve, reject) => {
      holder.onmessage = ({ data }) => {
        if (data === 'held') return resolve(data)
        holder.terminate()
        reject(new Error(data))
      }
    })
  }, [DATABASE, which] as const)
  return () => page.evaluate('new Promise(resolve => { holder.onmessage = () => resolve(); holder.postMessage("let go") })')
}

/** A database with one membership that no tab has open; the server gives nothing any more. */
async function madeBefore(): Promise<Page> {
  visit.server.shape('memberships', [membership(1)])
  const tab = await visit.tab()
  await until(() => tab.query(rows), ([found]) => found?.rows === 1)
  const page = await visit.page()
  await tab.page.close()
  visit.server.intercept = () => ({ status: 503, body: { code: 'sync_unavailable' } })
  return page
}

describe('files of the database that another worker holds', () => {
  for (const which of ['state', 'data'] as const) test(`a held ${which} is waited for, said after ten seconds, and opened as it was`, { tags: [SOAK] }, async () => {
    const page = await madeBefore()
    // The worker of the closed tab keeps its handles for some time.
    const letGo = await until(() => hold(page, which).catch(() => undefined), release => release !== undefined)
    const tab = await visit.tab()
    const answer = tab.query(rows)
    // Where it ends instead of answering, the check of the ended ones says so.
    answer.catch(() => undefined)
    const [said] = await until(() => tab.held(), times => times.length > 1, 25_000)
    expect(said).toBeGreaterThan(9_500)
    expect(await tab.ended()).toEqual([])
    await letGo?.()
    expect(await answer).toEqual([{ rows: 1 }])
    expect(await tab.ended()).toEqual([])
  })
})

/** Leaves a database as a browser that died at a bad moment could. False while its files are still held. */
const damage = (page: Page, how: 'torn' | 'missing') => page.evaluate(async ([database, how]) => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(database)
  if (how === 'missing') {
    const data = await folder.getDirectoryHandle('data')
    for (const name of await Array.fromAsync(data.keys())) await data.removeEntry(name)
    return true
  }
  const file = await folder.getFileHandle('state.txt')
  const writable = await file.createWritable({ keepExistingData: true })
  await writable.write({ type: 'write', position: (await file.getFile()).size, data: '\n{"opp":"crea' })
  await writable.close()
  return true
}, [DATABASE, how] as const).catch(() => false)

for (const [about, how] of [
  ['whose state was torn is made anew, and does not wait for its own files', 'torn'],
  ['whose files are missing is made anew, and does not wait for them for ever', 'missing'],
] as const) test(`a database ${about}`, { tags: [SOAK] }, async () => {
  const page = await madeBefore()
  visit.server.intercept = () => undefined
  await until(() => damage(page, how), damaged => damaged)
  const tab = await visit.tab()
  await until(() => tab.query(rows), ([found]) => found?.rows === 1)
  expect(await tab.held()).toEqual([])
  expect(await tab.ended()).toEqual([])
})

test('ten quick reloads in the first open end in an open database', { tags: [SOAK], timeout: 90_000 }, async () => {
  visit.server.shape('memberships', [membership(1)])
  const page = await visit.page()
  for (let n = 0; n < 10; n++) {
    await openTab(page, DATABASE, USER)
    // Spread over the opening, which takes some seconds: the files are made, initdb runs, its result is copied.
    await new Promise(resolve => setTimeout(resolve, 100 + n * 250))
    await page.reload()
  }
  const tab = await openTab(page, DATABASE, USER)
  await until(() => tab.query(rows), ([found]) => found?.rows === 1, 45_000)
  expect(await tab.ended()).toEqual([])
})
