import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildWorker } from '../../../../../scripts/build-pglite-worker'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { SCHEMA_VERSION } from '../../../shared/generated/catalogue.gen'
import { localDatabaseName } from '../../../shared/protocol/leader'
import { openTab, type Tab } from './tab'
import { DATABASE, folders, folderShape, membership, until, USER, Visit } from './visit'

/** A version of the app in which leads have one column more. */
const OTHER = '0afe0000'
const otherSchema: Plugin = {
  name: 'other-schema',
  setup(build) {
    build.onLoad({ filter: /catalogue\.gen\.ts$/ }, async ({ path }) => {
      const text = (await readFile(path, 'utf8')).replace(`"${SCHEMA_VERSION}"`, `"${OTHER}"`)
      return { contents: text.replace('\\"variant\\" text', '\\"variant\\" text, \\"note\\" text'), loader: 'ts' }
    })
  },
}

let folder: string
let visit: Visit
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'worker-upgrade-'))
  await buildWorker(join(folder, 'now'))
  await buildWorker(join(folder, 'other'), 'ours', [otherSchema])
  // It was made with the tables of this version; without it the other one begins with its own.
  await Promise.all(['start.data', 'start.data.br'].map(name => rm(join(folder, 'other', name), { force: true })))
  visit = await Visit.start(join(folder, 'now'))
})
afterAll(async () => {
  await visit.close()
  await rm(folder, { recursive: true, force: true })
})

const count = 'SELECT count(*)::int AS rows FROM folders'
const names = (tab: Tab) => tab.page.evaluate(`(async () => {
  const names = []
  for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name)
  return names
})()`) as Promise<string[]>

test('another schema version brings along what has the same form, offline and without asking for it again, and back', { tags: [SOAK] }, async () => {
  visit.server.shape('memberships', [membership(1)])
  visit.server.shape(folderShape(1), folders(1, 2000))
  const tab = await visit.tab()
  await until(() => tab.query('SELECT (SELECT count(*)::int FROM folders) AS rows, (SELECT count(*)::int FROM sync_status WHERE state <> \'live\') AS waits'), ([found]) => found?.rows === 2000 && found.waits === 0)
  const page = await visit.page()
  await tab.page.close()

  visit.server.folder = join(folder, 'other')
  visit.server.intercept = () => ({ status: 503, body: { code: 'sync_unavailable' } })
  const other = localDatabaseName('test', USER, OTHER)
  const since = visit.server.requests.length
  const after = await openTab(page, other, USER)
  expect(await after.query(count)).toEqual([{ rows: 2000 }])
  expect(await after.query('SELECT note FROM leads')).toEqual([])
  await until(() => names(after), found => found.join() === `${other}.g1`)
  visit.server.intercept = () => undefined
  await until(() => after.query('SELECT count(*)::int AS live FROM sync_status WHERE state = \'live\''), ([found]) => found?.live === 9)
  const fetched = visit.server.requests.slice(since).filter(request => request.includes('offset=-1'))
  expect(fetched.map(request => new URL(request.split(' ')[1] ?? '', 'http://page').pathname.split('/').at(-1)).filter(shape => shape !== 'leads')).toEqual([])
  expect(fetched.length).toBeGreaterThan(0)

  // A version that is taken back finds the newer one's database, and does the same.
  await after.page.reload()
  visit.server.folder = join(folder, 'now')
  visit.server.intercept = () => ({ status: 503, body: { code: 'sync_unavailable' } })
  const back = await openTab(after.page, DATABASE, USER)
  expect(await back.query(count)).toEqual([{ rows: 2000 }])
  await until(() => names(back), found => found.length === 1 && found[0]?.startsWith(DATABASE) === true)
})
