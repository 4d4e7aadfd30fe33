import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newPGlite } from '../../support/new-pglite'
import { createTables } from '../../../worker/database/tables'
import { doSlice } from '../../../worker/search/slices'
import { addFolder, addMember, addWorkspace, catchUp, id, progress, rows, search, SIDE_TABLES, similar, titles } from './support'

let pg: PGlite

beforeAll(async () => {
  pg = await newPGlite()
  await createTables(pg)
})
afterAll(() => pg.close())
beforeEach(async () => {
  await pg.exec(`TRUNCATE folders, workspaces, company_members, user_groups, companies, memberships, sync_status; TRUNCATE ${SIDE_TABLES.join(', ')}`)
  await pg.exec([rows.company(10, 'Nordlicht'), ...['workspaces', 'folders', 'members', 'groups'].map(shape => rows.shape(shape, 10, 1))].join(';'))
  await addWorkspace(pg, 100, 10, 'Sales')
})

async function named(...names: string[]): Promise<void> {
  for (const [at, name] of names.entries()) await addFolder(pg, 1000 + at, 10, name)
  await catchUp(pg)
}

test('the exact name comes first, then names that begin so, then those with a word that does, the shorter first', async () => {
  await named('annual report', 'reports of the year', 'report', 'reporting', 'ported')
  expect(titles(await search(pg, 'report'))).toEqual(['report', 'reporting', 'reports of the year', 'annual report'])
})

test('all words must be there, in any order and unfinished', async () => {
  await named('quarterly sales report', 'sales', 'report of sales', 'report')
  expect(titles(await search(pg, 'rep sal'))).toEqual(['report of sales', 'quarterly sales report'])
})

test.each([
  ['spaces', '  Two   words ', 'two words'],
  ['accents, however they are written', 'Cafe\u0301 Zürich', 'café zurich'],
  ['Cyrillic', 'Отчёты за год', 'отчет'],
  ['Chinese without spaces, from the middle', '年度销售报告', '销售'],
  ['Japanese with its long sign', 'サーバー設定', 'サーバ'],
  ['Arabic with vowel signs', 'مُسْتَنَدَات', 'مستند'],
  ['a quote', 'O\'Brien "quoted" \\ back', 'o\'brien "q'],
  ['a percent sign', '100% cotton', '100%'],
  ['an underscore', 'LC_MESSAGES', 'lc_m'],
  ['a backslash', 'C:\\temp', 'c:\\t'],
  ['an emoji', 'launch 🚀 plan', '🚀'],
  ['a tsquery', 'a & !b | (c:*)', 'a & !b | (c'],
  ['160 characters', 'x'.repeat(150) + ' the end', 'x'.repeat(150) + ' the e'],
  ['a Turkish capital', 'İstanbul', 'istanbul'],
])('a hostile name is found: %s', async (_, name, text) => {
  await named(name, 'another one')
  expect(titles(await search(pg, text))).toEqual([name])
})

test('signs that stand for anything elsewhere stand for themselves', async () => {
  await named('plain', 'a_b', 'axb', '50% off')
  expect(titles(await search(pg, 'a_b'))).toContain('a_b')
  expect(titles(await search(pg, '%'))).toEqual([])
  expect(titles(await similar(pg, '%'))).toEqual(['50% off'])
})

test('what nobody can type is no error: NUL, half a character, a very long text', async () => {
  await named('plain')
  for (const text of ['pla\u0000in', 'plain\uD83D', ' plain ']) expect(titles(await search(pg, text))).toEqual(['plain'])
  expect(await search(pg, 'y '.repeat(5000))).toEqual([])
  expect(await similar(pg, 'y '.repeat(5000))).toEqual([])
})

test.each([['documnet'], ['docmuents'], ['dokuments'], ['documents'.replace('c', 'cc')]])('a slip of the keys still finds it: %s', async (text) => {
  await named('documents', 'departments', 'dolphins')
  expect(await search(pg, text)).toEqual([])
  expect(titles(await similar(pg, text))[0]).toBe('documents')
})

test('the second tier repeats nothing of the first', async () => {
  await named('report', 'reporter', 'repart')
  const first = titles(await search(pg, 'report'))
  expect(titles(await similar(pg, 'report')).filter(title => first.includes(title))).toEqual([])
})

test('every entity is found, a member by the address too, and a crowd of folders crowds nobody out', async () => {
  await addMember(pg, 50, 10, 'Doctor Who', 'who@example.org')
  await addWorkspace(pg, 101, 10, 'doc workspace')
  await pg.query(`INSERT INTO user_groups VALUES ('${id(60)}', '${id(10)}', 'doctors', '', now(), now(), 1)`)
  await named(...Array.from({ length: 30 }, () => 'doc'))
  expect((await search(pg, 'doc', 3)).map(({ entity }) => entity)).toEqual(['workspace', 'folder', 'folder', 'folder', 'member', 'group'])
  expect(titles(await search(pg, 'who@ex'))).toEqual(['Doctor Who'])
})

test('a folder says where it lies, and a ring of folders does not hang the search', async () => {
  await addFolder(pg, 1000, 10, 'top')
  await addFolder(pg, 1001, 10, 'middle', { parent: 1000 })
  await addFolder(pg, 1002, 10, 'leaf', { parent: 1001 })
  await addFolder(pg, 1003, 10, 'ring', { parent: 1003 })
  await catchUp(pg)
  expect((await search(pg, 'leaf'))[0]).toMatchObject({ company: 'Nordlicht', workspace_id: id(100), path: ['Sales', 'top', 'middle'] })
  expect((await search(pg, 'ring'))[0]?.path).toHaveLength(25)
})

test('until it is full it answers from what is there, says so, and goes on where it stopped', async () => {
  await pg.exec('UPDATE sync_status SET row_count = 50 WHERE shape = \'folders\'; DELETE FROM workspaces')
  for (let n = 0; n < 50; n++) await pg.query(`INSERT INTO folders VALUES ('${id(1000 + n)}', '${id(10)}', '${id(100)}', NULL, 'folder ${n}', '', 'a0', now(), now(), 1, NULL, NULL)`)
  await pg.exec('DELETE FROM search_changes')
  await pg.exec(`INSERT INTO search_fills (shape_key, entity, company_id) VALUES ('company-${id(10)}-folders', 2, '${id(10)}')`)
  expect(await doSlice(pg, 20)).toEqual({ rows: 20, kind: 'fill' })
  expect(await search(pg, 'folder', 50)).toHaveLength(20)
  expect(await progress(pg)).toEqual({ full: false, ready: 23, total: 53 })
  expect(await doSlice(pg, 20)).toEqual({ rows: 20, kind: 'fill' })
  await catchUp(pg, 20)
  expect(await search(pg, 'folder', 50)).toHaveLength(50)
  expect(await progress(pg)).toMatchObject({ full: true })
})

test('a slice of many new names ends before the first that is too many, and the next begins with it', async () => {
  for (let n = 0; n < 30; n++) await addFolder(pg, 1000 + n, 10, `new${n % 10} name`)
  await pg.exec(`DELETE FROM search_changes; INSERT INTO search_fills (shape_key, entity, company_id) VALUES ('company-${id(10)}-folders', 2, '${id(10)}')`)
  expect(await doSlice(pg, 20, 4)).toEqual({ rows: 4, kind: 'fill' })
  expect(await doSlice(pg, 20, 4)).toEqual({ rows: 4, kind: 'fill' })
  expect(await doSlice(pg, 20, 4)).toEqual({ rows: 20, kind: 'fill' })
  await catchUp(pg, 20)
  expect(await search(pg, 'new', 50)).toHaveLength(30)
  expect(await progress(pg)).toMatchObject({ full: true })
})
