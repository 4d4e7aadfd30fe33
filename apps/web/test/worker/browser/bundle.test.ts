import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { buildWorker } from '../../../../../scripts/build-pglite-worker'
import { journalName, SWEEP_PREFIX } from '../../../shared/protocol/device'
import { leaseDatabaseName } from '../../../shared/lease/store'
import { company, folder, folders, folderShape, membership, until, USER, Visit } from './visit'

let workers: string
beforeAll(async () => {
  workers = await mkdtemp(join(tmpdir(), 'worker-bundle-'))
  await buildWorker(workers)
})
afterAll(() => rm(workers, { recursive: true, force: true }))

describe('the bundle by itself', () => {
  test('it imports nothing that a browser cannot load', async () => {
    const { metafile } = await build({ entryPoints: [join(workers, 'pglite.bundle.js')], bundle: true, format: 'esm', write: false, metafile: true, packages: 'external', logLevel: 'silent', outdir: workers, external: ['node:*'] })
    const imports = Object.values(metafile.inputs).flatMap(input => input.imports.map(({ path }) => path))
    // PGlite asks for it under Node only.
    expect(new Set(imports)).toEqual(new Set(['node:module']))
  })

  test('it names no other place to load from', async () => {
    const text = await readFile(join(workers, 'pglite.bundle.js'), 'utf8')
    const places = [...text.matchAll(/https?:\/\/([a-z0-9.-]+)/gi)].map(([, host]) => host)
    expect(places.filter(host => /cdn|unpkg|jsdelivr|esm\.sh|skypack/i.test(host ?? ''))).toEqual([])
    expect(text).not.toMatch(/importScripts\(|import\("https?:/)
  })
})

test('the bundle on pglite-sync\'s engine syncs too', { tags: [SOAK] }, async () => {
  const folder = join(workers, 'upstream')
  await buildWorker(folder, 'pglite-sync')
  const visit = await Visit.start(folder)
  try {
    visit.server.shape('memberships', [membership(1)])
    visit.server.shape(folderShape(1), folders(1, 3))
    const tab = await visit.tab()
    await until(() => tab.query('SELECT count(*)::int AS rows FROM folders'), ([found]) => found?.rows === 3)
  }
  finally {
    await visit.close()
  }
})

describe('the worker on a page with nothing else', () => {
  let visit: Visit
  beforeEach(async () => {
    visit = await Visit.start(workers)
  })
  afterEach(() => visit.close())

  test('it opens a database, syncs and answers', async () => {
    visit.server.shape('memberships', [membership(1)])
    visit.server.shape(folderShape(1), folders(1, 3))
    const tab = await visit.tab()
    await until(() => tab.query('SELECT count(*)::int AS shapes FROM sync_status WHERE state = \'live\' AND complete'), ([found]) => found?.shapes === 9)
    expect(await tab.query('SELECT count(*)::int AS rows FROM folders')).toEqual([{ rows: 3 }])
    expect(await tab.failures()).toEqual([])
    await expect(tab.query('DELETE FROM folders')).rejects.toThrow('read-only')
  })

  test('a first sync is seen page by page, and goes on from its offset after the browser was killed', async () => {
    visit.server.shape('memberships', [membership(1)])
    visit.server.shape(folderShape(1), folders(1, 2000), folders(2001, 2000), folders(4001, 2000))
    let holdBack = true
    visit.server.intercept = url => holdBack && url.searchParams.get('offset') === '0_1' ? { status: 503, body: { code: 'sync_unavailable' } } : undefined
    const count = 'SELECT count(*)::int AS rows FROM folders'
    const tab = await visit.tab()
    await until(() => tab.query(count), ([found]) => found?.rows === 4000)
    await visit.kill()
    const before = visit.server.requests.length
    holdBack = false
    const again = await visit.tab()
    expect(await again.query(count)).toEqual([{ rows: 4000 }])
    await until(() => again.query(count), ([found]) => found?.rows === 6000)
    const asked = visit.server.requests.slice(before).filter(request => request.includes('/folders'))
    expect(asked.filter(request => request.includes('offset=-1') || request.includes('offset=0_0'))).toEqual([])
  })

  test('any number of shapes has two requests in flight and no more', { tags: [SOAK] }, async () => {
    const companies = [1, 2, 3]
    visit.server.shape('memberships', companies.map(n => membership(n)))
    for (const n of companies) visit.server.shape(folderShape(n), folders(n * 10_000, 500, n), folders(n * 10_000 + 500, 500, n))
    const tab = await visit.tab()
    await until(() => tab.query('SELECT count(*)::int AS live FROM sync_status WHERE state = \'live\''), ([found]) => found?.live === 23)
    for (const n of companies) visit.server.shape(folderShape(n)).commit({ operation: 'update', value: { id: folder(n * 10_000).id ?? '', name: 'changed' } })
    await until(() => tab.query('SELECT count(*)::int AS changed FROM folders WHERE name = \'changed\''), ([found]) => found?.changed === 3)
    expect(visit.server.mostInFlight).toBe(2)
  })

  test('a subscribed read is pushed on each change, to both tabs, and from the next leader when the first is closed', async () => {
    visit.server.shape('memberships', [membership(1)])
    visit.server.shape(folderShape(1), [folder(1)])
    const [first, second] = [await visit.tab(), await visit.tab()]
    const names = async (tab: typeof first, id: number) => ((await tab.pushed(id)).at(-1)?.rows as { name: string }[] | undefined)?.map(({ name }) => name).join()
    const [one, two] = [await first.subscribe('folders-top', [company(1)]), await second.subscribe('folders-top', [company(1)])]
    await until(() => names(first, one), found => found === 'folder 1')
    visit.server.shape(folderShape(1)).commit({ operation: 'update', value: { id: folder(1).id ?? '', name: 'second name' } })
    for (const [tab, id] of [[first, one], [second, two]] as const) await until(() => names(tab, id), found => found === 'second name')
    await first.page.close()
    visit.server.shape(folderShape(1)).commit({ operation: 'update', value: { id: folder(1).id ?? '', name: 'third name' } })
    await until(() => names(second, two), found => found === 'third name')
  })

  test('another person\'s session ends the database, and what is asked stays unanswered', async () => {
    visit.server.shape('memberships', [membership(1)])
    const tab = await visit.tab()
    await until(() => tab.query('SELECT 1 FROM memberships'), rows => rows.length === 1)
    visit.server.intercept = () => ({ status: 412, body: { code: 'wrong_user', message: '', next: '' } })
    // The next request of any kind hears it.
    visit.server.shape('memberships').commit({ operation: 'update', value: { id: membership(1).id ?? '', name: 'B' } })
    await until(() => tab.ended(), reasons => reasons.length > 0)
    expect(await tab.ended()).toEqual(['wrong_user'])
  })

  test('a worker whose wasm cannot be loaded says so, and deletes nothing', { tags: [SOAK] }, async () => {
    visit.server.shape('memberships', [membership(1)])
    const tab = await visit.tab()
    await until(() => tab.query('SELECT 1 FROM memberships'), rows => rows.length === 1)
    await tab.page.close()
    visit.server.missing = 'pglite.wasm'
    const broken = await visit.tab()
    await until(() => broken.ended(), reasons => reasons.includes('failed'))
    visit.server.missing = undefined
    visit.server.intercept = () => ({ status: 503, body: { code: 'sync_unavailable' } })
    const again = await visit.tab()
    expect(await again.query('SELECT count(*)::int AS rows FROM memberships')).toEqual([{ rows: 1 }])
  })

  // But the lease: a copy that is made anew is lent for no longer than the one before. And the journal, which no copy gives
  // back; there is nothing in it. Both go with the person.
  test('a purge leaves nothing of the database on the device', async () => {
    visit.server.shape('memberships', [membership(1)])
    const tab = await visit.tab()
    await until(() => tab.query('SELECT 1 FROM memberships'), rows => rows.length === 1)
    await tab.ask({ kind: 'purge' })
    const names = await tab.page.evaluate(`(async () => {
      const names = []
      for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name)
      return [...names, ...(await indexedDB.databases()).map(({ name }) => name)]
    })()`) as string[]
    const isSweep = (name: string) => name.startsWith(SWEEP_PREFIX)
    expect(names.filter(name => !isSweep(name))).toEqual([journalName('test', USER), leaseDatabaseName('test', USER)])
    // Nobody's, and empty: what the next deletion takes the bytes off the disk with.
    expect(names.filter(isSweep)).toHaveLength(2)
    expect(await tab.page.evaluate(`new Promise((resolve) => {
      const request = indexedDB.open('${journalName('test', USER)}')
      request.onsuccess = () => {
        request.result.transaction('entries').objectStore('entries').count().onsuccess = ({ target }) => resolve(target.result)
      }
    })`)).toBe(0)
    expect(await tab.ended()).toEqual(['purged'])
  })
})
