import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newPGlite } from '../../support/new-pglite'
import { createShapeEngine } from '../../../worker/apply/engine'
import { createTables } from '../../../worker/database/tables'
import { SearchIndex } from '../../../worker/search/search-index'
import { withoutNotes } from '../../../worker/search/slices'
import { purgeShapes } from '../../../worker/sync/purge'
import { companyShapes } from '../../../worker/sync/wanted'
import { addFolder, addMember, addWorkspace, catchUp, everything, id, progress, rows, search, SIDE_TABLES, similar, titles } from './support'

let pg: PGlite
const SHAPES = ['workspaces', 'folders', 'members', 'groups']

beforeAll(async () => {
  pg = await newPGlite()
  await createTables(pg)
})
afterAll(() => pg.close())
beforeEach(async () => {
  await pg.exec(`TRUNCATE folders, workspaces, company_members, user_groups, companies, memberships, sync_status; TRUNCATE ${SIDE_TABLES.join(', ')}`)
  await pg.exec([10, 20].flatMap(n => [rows.company(n, `Company ${n}`), ...SHAPES.map(shape => rows.shape(shape, n, 1))]).join(';'))
})

test('a change of a name, a delete and a TRUNCATE are followed, and no word of what is gone stays', async () => {
  await addFolder(pg, 1000, 10, 'verysecret plans')
  await addFolder(pg, 1001, 10, 'plans')
  await catchUp(pg)
  await pg.exec(`UPDATE folders SET name = 'renamed' WHERE id = '${id(1000)}'`)
  await catchUp(pg)
  expect(titles(await search(pg, 'renamed'))).toEqual(['renamed'])
  expect(await search(pg, 'verysecret')).toEqual([])
  expect(await everything(pg)).not.toContain('verysecret')
  await pg.exec(`DELETE FROM folders WHERE id = '${id(1000)}'`)
  await catchUp(pg)
  expect(await everything(pg)).not.toContain('renamed')
  expect(titles(await search(pg, 'plans'))).toEqual(['plans'])
  await pg.exec('TRUNCATE folders')
  await catchUp(pg)
  expect(await everything(pg)).not.toContain('plans')
})

test('a row that is gone is not answered even before search has followed', async () => {
  await addFolder(pg, 1000, 10, 'plans')
  await catchUp(pg)
  await pg.exec('DELETE FROM folders')
  expect(await search(pg, 'plans')).toEqual([])
  await addFolder(pg, 1000, 10, 'plans')
  await pg.exec(`DELETE FROM memberships WHERE company_id = '${id(10)}'`)
  expect(await search(pg, 'plans')).toEqual([])
  expect(await similar(pg, 'plasn')).toEqual([])
})

test('the end of a company takes its names and words in the transaction of the purge, and leaves the other\'s', async () => {
  for (const n of [10, 20]) {
    await addWorkspace(pg, 100 + n, n, `work${n}`)
    await addFolder(pg, 1000 + n, n, `shared onlyof${n}`)
    await addMember(pg, 2000 + n, n, `Person ${n}`, `person${n}@example.org`)
  }
  await catchUp(pg)
  await purgeShapes(pg, await createShapeEngine(pg), companyShapes(id(10)))
  const left = await everything(pg)
  for (const gone of ['onlyof10', 'work10', 'person10', id(10)]) expect(left).not.toContain(gone)
  expect(titles(await search(pg, 'shared'))).toEqual(['shared onlyof20'])
  expect(titles(await similar(pg, 'shaerd'))).toEqual(['shared onlyof20'])
  await pg.exec(`DELETE FROM sync_status WHERE company_id = '${id(10)}'`)
  await catchUp(pg)
  expect(await everything(pg)).not.toContain('onlyof10')
})

test('a company that comes back after its end is filled again from the beginning', async () => {
  await addFolder(pg, 1000, 10, 'once')
  await catchUp(pg)
  const folders = companyShapes(id(10)).find(({ definition }) => definition.name === 'folders')!
  await purgeShapes(pg, await createShapeEngine(pg), [folders])
  // The status is written behind: it may still call the shape whole when nothing of it is here.
  await catchUp(pg)
  await pg.transaction(async (tx) => {
    await withoutNotes(tx, folders.key)
    await tx.exec(`INSERT INTO folders VALUES ('${id(1001)}', '${id(10)}', '${id(100)}', NULL, 'again', '', 'a0', now(), now(), 1, NULL, NULL)`)
  })
  await catchUp(pg)
  expect(titles(await search(pg, 'again'))).toEqual(['again'])
})

test('nothing is filled while a first sync is under way', async () => {
  await addFolder(pg, 1000, 10, 'early')
  await pg.exec(`DELETE FROM search_changes; ${rows.shape('folders', 20, 1, false)}`)
  expect(await catchUp(pg)).toBe(0)
  await pg.exec(rows.shape('folders', 20, 1))
  await catchUp(pg)
  expect(titles(await search(pg, 'early'))).toEqual(['early'])
})

test('a kill between two slices loses nothing and repeats nothing', async () => {
  for (let n = 0; n < 30; n++) await addFolder(pg, 1000 + n, 10, `folder ${n}`)
  await pg.exec('DELETE FROM search_changes')
  const killed = new SearchIndex({ pg, onChanged: () => undefined })
  killed.wake()
  await killed.stop()
  await addFolder(pg, 1030, 10, 'folder 30')
  const next = new SearchIndex({ pg, onChanged: () => undefined })
  next.wake()
  await next.idle()
  expect(await search(pg, 'folder', 50)).toHaveLength(31)
  expect(await progress(pg)).toMatchObject({ full: true })
  await next.stop()
})

test('a slice that fails is tried again, and what it was to take up is not forgotten', async () => {
  await addFolder(pg, 1000, 10, 'plans')
  await pg.exec('ALTER TABLE search_documents RENAME TO search_documents_away')
  const index = new SearchIndex({ pg, onChanged: () => undefined, retryAfterMs: 5 })
  index.wake()
  await new Promise(resolve => setTimeout(resolve, 100))
  await pg.exec('ALTER TABLE search_documents_away RENAME TO search_documents')
  await index.idle()
  expect(titles(await search(pg, 'plans'))).toEqual(['plans'])
  await index.stop()
})

async function manyFolders(count: number): Promise<void> {
  await pg.exec(`INSERT INTO folders SELECT ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, '${id(10)}', '${id(100)}', NULL, 'folder name ' || n % 900, '', 'a0', now(), now(), 1, NULL, NULL
    FROM generate_series(1, ${count}) AS n; DELETE FROM search_changes`)
}

test('a query that comes while search is filled has its turn after one slice', async () => {
  await manyFolders(6000)
  const index = new SearchIndex({ pg, onChanged: () => undefined })
  index.wake()
  let turns = 0
  while (!(await progress(pg))?.full) {
    turns++
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  // One that waited for all of it would have seen the end at its first turn.
  expect(turns).toBeGreaterThan(5)
  await index.stop()
})

test('queries of which each is asked when the one before is answered do not wait for a slice each', async () => {
  await manyFolders(6000)
  const index = new SearchIndex({ pg, onChanged: () => undefined })
  index.wake()
  // As messages bring them: each takes longer than the pause between two slices, and timers may run between two.
  const filled = async () => {
    await new Promise(resolve => setImmediate(resolve))
    const { rows: [row] } = await pg.query<{ rows: number }>('SELECT (SELECT sum(rows)::int FROM search_fills) AS rows, (SELECT sum(n) FROM generate_series(1, 70000) n)')
    return row?.rows ?? 0
  }
  while (await filled() === 0) await new Promise(resolve => setTimeout(resolve, 1))
  const seen: number[] = []
  const began = performance.now()
  for (let n = 0; n < 20; n++) seen.push(await filled())
  // One slice in 50 ms, and one that may have been about to begin; where all had one each it were twenty.
  expect(new Set(seen.slice(1)).size).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - began) / 50))
  expect(seen.at(-1)).toBeLessThan(6000)
  await index.stop()
})

test('search is filled to its end while queries never cease', async () => {
  await manyFolders(200)
  const index = new SearchIndex({ pg, onChanged: () => undefined })
  index.wake()
  const state = { isOver: false }
  const others = (async () => {
    while (!state.isOver) {
      await new Promise(resolve => setImmediate(resolve))
      await pg.query('SELECT sum(n) FROM generate_series(1, 50000) n')
    }
  })()
  await index.idle()
  state.isOver = true
  await others
  expect(await progress(pg)).toMatchObject({ full: true })
  await index.stop()
})
