import { afterAll, beforeAll, expect, test } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWorker } from '../../../../../scripts/build-pglite-worker'
import { outdated } from '../../../shared/protocol/leader'
import { openTab, type Tab } from './tab'
import { DATABASE, folders, folderShape, membership, until, USER, Visit } from './visit'

let folder: string
let visit: Visit
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'worker-versions-'))
  await buildWorker(folder)
  visit = await Visit.start(folder)
  visit.server.shape('memberships', [membership(1)])
  visit.server.shape(folderShape(1), folders(1, 50))
})
afterAll(async () => {
  await visit.close()
  await rm(folder, { recursive: true, force: true })
})

test.each([
  ['of the same version, opened later', { version: 'a', since: 2 }, undefined],
  ['of the same version, opened earlier', { version: 'a', since: 0 }, undefined],
  ['of another version, opened later', { version: 'b', since: 2 }, 'leader'],
  ['of another version, opened earlier', { version: 'b', since: 0 }, 'tab'],
  ['of another version, opened at the same moment', { version: 'b', since: 1 }, 'tab'],
] as const)('who gives way where a tab comes that is %s', (_about, tab, gives) => {
  expect(outdated({ version: 'a', since: 1 }, tab)).toBe(gives)
})

const greet = (tab: Tab, version: string) => tab.page.evaluate(version =>
  // @ts-expect-error the tab's own way to ask
  void ask({ kind: 'hello', page: { version, since: performance.timeOrigin } }).then(() => { document.title = 'met' }, () => {}), version)
const count = 'SELECT count(*)::int AS rows FROM folders'

test('a page of a later version gets the database alone, and the tabs of the earlier one are told', async () => {
  const [first, second] = [await openTab(await visit.page(), DATABASE, USER, 'first'), await openTab(await visit.page(), DATABASE, USER, 'first')]
  await until(() => first.query(count), ([found]) => found?.rows === 50)

  const later = await openTab(await visit.page(), DATABASE, USER, 'later')
  await greet(later, 'later')
  await until(() => later.page.title(), title => title === 'met')
  expect(await later.query(count)).toEqual([{ rows: 50 }])
  for (const tab of [first, second]) expect(await until(() => tab.ended(), ended => ended.length > 0)).toEqual(['outdated'])
  expect(await later.ended()).toEqual([])

  // One that slept through all that and asks again is told so too, and takes nothing away.
  await greet(second, 'first')
  await until(() => second.ended(), ended => ended.length === 2)
  expect(await later.query(count)).toEqual([{ rows: 50 }])
  expect(await later.ended()).toEqual([])
})
