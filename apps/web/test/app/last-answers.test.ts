import type { PGlite } from '@electric-sql/pglite'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SCHEMA_VERSION } from '#shared/generated/catalogue.gen'
import { answersFolder } from '#shared/protocol/leader'
import { topFoldersRead } from '#shared/reads/folders'
import { syncStatusRead } from '#shared/reads/sync-status'
import { createPGliteAccess, type PGliteAccess } from '~/utils/pglite-access'
import { forgetAnswers, KEPT, LastAnswers, type LastAnswersOptions } from '~/utils/last-answers'
import { storeDatabaseName, storePerson } from '~/utils/person'
import { sees } from './support/here'
import { TestLeader } from './support/leader'
import { emptyDatabase, id, ME, rows } from './support/local-database'
import { standOpfs } from '../support/opfs'

const NAME = 'answers_test'
const person = { id: ME, name: 'Mara', email: 'mara@example.org' }
let root: ReturnType<typeof standOpfs>
const open: LastAnswers[] = []

/** A page's store. */
function page(more: Partial<LastAnswersOptions> = {}): LastAnswers {
  const answers = new LastAnswers({ databaseName: NAME, userId: ME, version: '1', lease: () => Promise.resolve({ since: 0 }), ...more })
  open.push(answers)
  return answers
}
const workspace = (n: number) => [id(n)]
const row = (n: number) => ({ id: id(n), name: `folder ${n}` })
const recalled = (answers: LastAnswers, n: number) => new Promise<object[] | undefined>((resolve) => {
  answers.recall(topFoldersRead, workspace(n), resolve)
  setTimeout(() => resolve(undefined), 30)
})
/** As a page does when the person looks at another tab. */
async function written(answers: LastAnswers): Promise<void> {
  await recalled(answers, 0)
  const seen = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  document.dispatchEvent(new Event('visibilitychange'))
  await new Promise(resolve => setTimeout(resolve, 20))
  seen.mockRestore()
}
const folder = () => root.folders.get(answersFolder(NAME, ME))
const file = () => folder()?.files.get('answers.json') ?? ''

beforeEach(() => {
  root = standOpfs()
  localStorage.clear()
  storePerson(person)
  storeDatabaseName(NAME)
})
afterEach(() => {
  for (const answers of open.splice(0)) answers.close()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('what is kept of a visit', () => {
  test('the next one is given the rows, moments as dates, until the database is open', async () => {
    const before = page()
    before.keep(topFoldersRead, workspace(1), [{ ...row(1), at: new Date(5), gone: null }])
    await written(before)
    const next = page()
    expect(await recalled(next, 1)).toEqual([{ ...row(1), at: new Date(5), gone: null }])
    next.opened()
    expect(await recalled(next, 1)).toBeUndefined()
  })

  test('what the page began to read before the app was there is taken, once, and only for the person it is of', async () => {
    const before = page()
    before.keep(topFoldersRead, workspace(1), [row(1)])
    await written(before)
    const begun = (name: string) => ({ answers: { folder: answersFolder(NAME, name), text: Promise.resolve(file().replace('folder 1', 'folder as it was read early')) }, lease: undefined })
    globalThis.headStart = begun(id(77))
    expect(await recalled(page(), 1)).toEqual([row(1)])
    globalThis.headStart = begun(ME)
    expect(await recalled(page(), 1)).toEqual([{ ...row(1), name: 'folder as it was read early' }])
    expect(await recalled(page(), 1)).toEqual([row(1)])
    globalThis.headStart = undefined
  })

  test('the newest reads up to the bound, short lists only, and a list that grew long is not given back short', async () => {
    const before = page()
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000 })
    before.keep(topFoldersRead, workspace(1), [row(1)])
    vi.setSystemTime(2_000)
    for (let n = 2; n <= KEPT.reads + 1; n++) before.keep(topFoldersRead, workspace(n), [row(n)])
    await written(before)
    const next = page()
    expect(await recalled(next, 1)).toBeUndefined()
    expect(await recalled(next, 2)).toEqual([row(2)])
    next.keep(topFoldersRead, workspace(2), Array.from({ length: KEPT.rows + 1 }, (_, n) => row(n)))
    await written(next)
    expect(await recalled(page(), 2)).toBeUndefined()
    expect(await recalled(page(), 3)).toEqual([row(3)])
  })

  test('never more than the bound of characters', async () => {
    const before = page()
    const long = 'x'.repeat(KEPT.characters / 4)
    for (let n = 1; n <= 8; n++) before.keep(topFoldersRead, workspace(n), [{ id: id(n), name: long }])
    await written(before)
    expect(file().length).toBeGreaterThan(KEPT.characters / 2)
    expect(file().length).toBeLessThan(KEPT.characters * 1.1)
  })

  test('two tabs keep what the other one wrote', async () => {
    const [one, two] = [page(), page()]
    await recalled(two, 0)
    one.keep(topFoldersRead, workspace(1), [row(1)])
    await written(one)
    two.keep(topFoldersRead, workspace(2), [row(2)])
    await written(two)
    const next = page()
    expect([await recalled(next, 1), await recalled(next, 2)]).toEqual([[row(1)], [row(2)]])
  })

  test('the state of the sync is nothing to remember: it would say of yesterday what it says of now', async () => {
    const before = page()
    before.keep(syncStatusRead, [], [{ shape_key: 'a' }])
    await written(before)
    expect(file()).toBe('')
  })
})

describe('to whom it is given', () => {
  beforeEach(async () => {
    const before = page()
    before.keep(topFoldersRead, workspace(1), [row(1)])
    await written(before)
  })

  test.each<[string, Partial<LastAnswersOptions>]>([
    ['another person', { userId: id(2) }],
    ['another version of the app', { version: '2' }],
    ['somebody whose lease is over', { lease: () => Promise.resolve(undefined) }],
    ['somebody whose lease cannot be read', { lease: () => Promise.reject(new Error('no')) }],
    ['somebody whose lease began after it', { lease: () => Promise.resolve({ since: Date.now() + 1 }) }],
  ])('not to %s', async (_, options) => {
    expect(await recalled(page(options), 1)).toBeUndefined()
  })

  test('not where the clock was set back', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 2 * 86_400_000 })
    expect(await recalled(page(), 1)).toBeUndefined()
  })

  test('a file that is broken is no file', async () => {
    folder()?.files.set('answers.json', file().slice(0, 50))
    const next = page()
    expect(await recalled(next, 1)).toBeUndefined()
    next.keep(topFoldersRead, workspace(2), [row(2)])
    await written(next)
  })
})

describe('when the data go', () => {
  test('a page that is still open writes nothing again', async () => {
    const before = page()
    before.keep(topFoldersRead, workspace(1), [row(1)])
    await written(before)
    before.keep(topFoldersRead, workspace(2), [row(2)])
    await forgetAnswers(NAME, ME)
    await written(before)
    before.keep(topFoldersRead, workspace(3), [row(3)])
    await written(before)
    expect([...root.keys()]).toEqual([])
  })

  test('also not into the folder that a later page made', async () => {
    const [before, later] = [page(), page()]
    before.keep(topFoldersRead, workspace(1), [row(1)])
    await written(before)
    await forgetAnswers(NAME, ME)
    const after = page()
    after.keep(topFoldersRead, workspace(3), [row(3)])
    await written(after)
    before.keep(topFoldersRead, workspace(2), [row(2)])
    await written(before)
    later.close()
    expect(file()).toContain(id(3))
    expect(file()).not.toContain(id(2))
  })

  test('a page of who left makes no folder anew', async () => {
    const before = page()
    before.keep(topFoldersRead, workspace(1), [row(1)])
    storePerson(undefined)
    await written(before)
    expect([...root.keys()]).toEqual([])
  })
})

describe('a reload', () => {
  let pg: PGlite
  let access: PGliteAccess
  let leader: TestLeader
  let end = () => {}
  const seen: { rows: readonly object[], source: string }[] = []
  const last = () => seen.at(-1)
  const leads = async (state: Partial<TestLeader>) => {
    const client = access.start({ userId: ME, databaseName: NAME, startWorker: () => () => {} })
    leader = Object.assign(new TestLeader(client.database, pg), state)
    await sees(() => expect(leader.live).toHaveLength(1))
  }

  beforeEach(async () => {
    seen.length = 0
    pg = await emptyDatabase()
    await pg.exec([rows.user(), rows.company(10, 'Acme'), rows.workspace(50, 10, 'Docs'), rows.folder(60, 10, 50, null, 'a')].join(';'))
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
    const before = page({ version: `${SCHEMA_VERSION}-test` })
    before.keep(topFoldersRead, workspace(50), [{ id: id(60), parent_id: null, name: 'a', has_children: false }])
    await written(before)
    access = createPGliteAccess({ version: 'test' })
    end = access.follow(topFoldersRead, { workspace: id(50) }, { rows: (list, source) => seen.push({ rows: list, source }), failed: () => seen.push({ rows: [], source: 'failed' }) })
    await sees(() => expect(last()).toMatchObject({ source: 'last', rows: [{ name: 'a' }] }))
  })
  afterEach(() => {
    end()
    access.stop()
    leader.die()
    vi.unstubAllGlobals()
  })

  test('what was known is shown at once and is nothing to act on; the same answer then paints nothing anew', async () => {
    expect(access.recalling.value).toBe(true)
    const before = last()?.rows
    await leads({})
    await sees(() => expect(last()?.source).toBe('local'))
    expect(last()?.rows).toBe(before)
    expect(access.recalling.value).toBe(false)
  })

  test('another answer takes its place, and the rows that stayed are the objects they were', async () => {
    const [kept] = last()?.rows ?? []
    await pg.exec(rows.folder(61, 10, 50, null, 'b'))
    await leads({})
    await sees(() => expect(last()).toMatchObject({ source: 'local', rows: [{ name: 'a' }, { name: 'b' }] }))
    expect(last()?.rows[0]).toBe(kept)
  })

  test('an empty copy that does not know yet whether it is whole is no answer', async () => {
    await pg.exec('TRUNCATE folders')
    await leads({ complete: undefined })
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(last()).toMatchObject({ source: 'last' })
    leader.complete = true
    await leader.apply('SELECT 1')
    await sees(() => expect(last()).toMatchObject({ source: 'local', rows: [] }))
  })

  test('a database that ends takes it away from the device too', async () => {
    await leads({})
    await sees(() => expect(last()?.source).toBe('local'))
    await access.purge()
    expect([...root.keys()]).toEqual([])
  })
})
