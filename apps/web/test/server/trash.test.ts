import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest'
import { readDeletions } from '../../server/history/deletions'
import type { DeletionLine, DeletionsPage } from '../../shared/history/changes'
import { folderDelete, folderMove, folderRestore } from '../../shared/mutations/folder'
import { workspaceDelete } from '../../shared/mutations/workspace'
import { App, standForServer } from './support/app'
import { Browser } from './support/browser'
import { applied, newId } from './support/mutations'
import { admin, join, makeCompany, makePerson, type Person } from './support/people'
import { makeFolder, makeWorkspace } from './support/places'

let sql: pg.Pool
let app: App
let person: Person
let browser: Browser
let company: string
let here: string

beforeAll(async () => {
  // The list is asked in the test too.
  standForServer()
  sql = admin()
  app = await App.start()
  person = await makePerson(sql, 'Ada')
  browser = await Browser.signedIn(app, person)
})
beforeEach(async () => {
  company = await makeCompany(sql, person)
  here = await makeWorkspace(sql, company, 'Here')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await app?.stop()
  await sql?.end()
})

const ask = (query = '', by = browser) => by.ask(`/api/companies/${company}/deletions?${query}`)
async function trash(query = ''): Promise<DeletionLine[]> {
  const answer = await ask(query)
  expect(answer.status, answer.text).toBe(200)
  return (answer.json as DeletionsPage).deletions
}
async function remove(ids: string[]): Promise<string> {
  const deletion = newId()
  await applied(browser, folderDelete, { ids, deletion_id: deletion }, { company })
  return deletion
}
/** Marks folders as deleted past the mutations, as a server of an older version does. */
async function deletedUnnoted(ids: readonly string[], ago = '1 minute'): Promise<string> {
  const deletion = newId()
  await sql.query('update folders set deleted_at = now() - $3::interval, deletion_id = $2 where id = any($1)', [ids, deletion, ago])
  return deletion
}
async function makeTree(count: number, top: string): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(`insert into folders (id, company_id, workspace_id, parent_id, name)
    select gen_random_uuid(), $1, $2, $3, 'Leaf' from generate_series(1, $4) returning id`, [company, here, top, count])
  return rows.map(({ id }) => id)
}

test('each deletion is listed once, the newest first, with what it was, how much, where, by whom and until when', async () => {
  const [top, second] = [await makeFolder(sql, company, here, null, 'Top'), await makeFolder(sql, company, here, null, 'Second')]
  await makeFolder(sql, company, here, await makeFolder(sql, company, here, top))
  const folders = await remove([top, second])
  const there = await makeWorkspace(sql, company, 'There')
  await makeFolder(sql, company, there)
  const workspace = newId()
  await applied(browser, workspaceDelete, { id: there, deletion_id: workspace }, { company })

  const lines = await trash()
  const by = { id: person.id, name: 'Ada' }
  expect(lines).toMatchObject([
    { deletion_id: workspace, kind: 'workspace', names: ['There'], tops: 1, amount: 2, more: false, workspace: { id: there, name: 'There', deleted: true }, by },
    { deletion_id: folders, kind: 'folders', tops: 2, amount: 4, more: false, workspace: { id: here, name: 'Here', deleted: false }, by },
  ])
  expect(lines[1]?.names.toSorted()).toEqual(['Second', 'Top'])
  for (const { at, until } of lines) {
    expect(Math.abs(Date.now() - Date.parse(at))).toBeLessThan(60_000)
    expect((Date.parse(until) - Date.parse(at)) / 86_400_000).toBe(90)
  }
})

test('what was restored is gone from the list, and comes again under its next deletion', async () => {
  const folder = await makeFolder(sql, company, here, null, 'Twice')
  const first = await remove([folder])
  expect(await trash()).toMatchObject([{ deletion_id: first }])
  await applied(browser, folderRestore, { deletion_id: first }, { company })
  expect(await trash()).toEqual([])
  const again = await remove([folder])
  expect(await trash()).toMatchObject([{ deletion_id: again, names: ['Twice'], amount: 1 }])
})

test('of a folder named with one that is under it the upper alone is what was deleted', async () => {
  const top = await makeFolder(sql, company, here, null, 'Top')
  const leaf = await makeFolder(sql, company, here, top, 'Leaf')
  await remove([leaf, top])
  expect(await trash()).toMatchObject([{ names: ['Top'], tops: 1, amount: 2 }])
})

test('of many that were deleted at once three are named, and all counted', async () => {
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.push(await makeFolder(sql, company, here, null, `Folder ${n}`))
  await remove(ids)
  const [line] = await trash()
  expect([line?.names.length, line?.tops, line?.amount]).toEqual([3, 5, 5])
})

test('what no server noted is listed too: with a top by name, and counted as far as is quick', async () => {
  const top = await makeFolder(sql, company, here, null, 'Old top')
  const inner = await makeFolder(sql, company, here, top, 'Inner')
  const leaves = await makeTree(3, inner)
  const [few, at] = [newId(), new Date(Date.now() - 60_000)]
  // One after the other: whichever end PostgreSQL begins at, it finds a leaf.
  for (const id of [leaves[0], top, inner, leaves[1], leaves[2]]) await sql.query('update folders set deleted_at = $2, deletion_id = $3 where id = $1', [id, at, few])
  const large = await makeFolder(sql, company, here, null, 'Large')
  const many = await deletedUnnoted([large, ...await makeTree(1_200, large)], '2 minutes')
  const lines = await trash()
  expect(lines).toMatchObject([
    { deletion_id: few, names: ['Old top'], amount: 5, more: false, workspace: { name: 'Here' } },
    { deletion_id: many, names: ['Large'], amount: 1_000, more: true },
  ])
  expect(lines.map(({ by }) => by)).toEqual([undefined, undefined])
})

test('a folder that was deleted before its workspace says that the workspace is deleted too', async () => {
  const folders = await remove([await makeFolder(sql, company, here, null, 'Before')])
  await applied(browser, workspaceDelete, { id: here, deletion_id: newId() }, { company })
  expect((await trash()).find(({ deletion_id: id }) => id === folders)).toMatchObject({ kind: 'folders', workspace: { id: here, deleted: true } })
})

test('what was deleted longer ago than deletions are kept is not offered', async () => {
  const kept = await deletedUnnoted([await makeFolder(sql, company, here)], '89 days')
  await deletedUnnoted([await makeFolder(sql, company, here)], '91 days')
  await sql.query(`update workspaces set deleted_at = now() - interval '91 days', deletion_id = $2 where id = $1`, [await makeWorkspace(sql, company), newId()])
  expect(await trash()).toMatchObject([{ deletion_id: kept }])
})

test('the list is read page by page, each deletion once, also where two are of one moment', async () => {
  const made: string[] = []
  for (let n = 0; n < 3; n++) made.push(await remove([await makeFolder(sql, company, here)]))
  const there = await makeWorkspace(sql, company)
  const both = [newId(), await deletedUnnoted([await makeFolder(sql, company, here)])]
  await sql.query('update workspaces set deletion_id = $2, deleted_at = (select deleted_at from folders where deletion_id = $3) where id = $1', [there, ...both])
  const seen: string[] = []
  for (let before = ''; ;) {
    const page = (await ask(`limit=1${before}`)).json as DeletionsPage
    seen.push(...page.deletions.map(({ deletion_id: id }) => id))
    if (page.next === null) break
    before = `&before=${page.next}`
  }
  expect(seen.slice(0, 3)).toEqual(made.toReversed())
  expect(seen.slice(3).toSorted()).toEqual(both.toSorted())
})

test('a deleted folder that went to another workspace with what is above it is listed there', async () => {
  const top = await makeFolder(sql, company, here)
  const deletion = await remove([await makeFolder(sql, company, here, top, 'Carried')])
  const there = await makeWorkspace(sql, company, 'There')
  await applied(browser, folderMove, { ids: [top], workspace_id: there, parent_id: null }, { company })
  expect(await trash()).toMatchObject([{ deletion_id: deletion, names: ['Carried'], workspace: { name: 'There' } }])
})

test('a guest, a stranger, and a mark that is none are refused; another company\'s deletions are not listed', async () => {
  const [guest, stranger] = [await makePerson(sql, 'guest'), await makePerson(sql, 'stranger')]
  await join(sql, company, guest, 'guest')
  await remove([await makeFolder(sql, company, here)])
  expect(await ask('', await Browser.signedIn(app, guest))).toMatchObject({ status: 403, json: { code: 'role_changed' } })
  expect(await ask('', await Browser.signedIn(app, stranger))).toMatchObject({ status: 403, json: { code: 'membership_ended' } })
  for (const query of ['limit=0', 'limit=201', 'before=1', 'before=x.y', `before=99999999999999999.${newId()}`, `before=1.${newId()}&before=1.${newId()}`]) {
    expect([query, (await ask(query)).status]).toEqual([query, 400])
  }
  expect((await ask(`before=9999999999999999.${newId()}`)).status).toBe(200)
  company = await makeCompany(sql, person)
  expect(await trash()).toEqual([])
})

// By the number of rows that PostgreSQL reads for it, which is the same on every machine.
test('a deletion of many rows is listed without reading them, noted or not', async () => {
  const top = await makeFolder(sql, company, here, null, 'Large')
  await makeTree(20_000, top)
  const unnoted = await makeFolder(sql, company, here, null, 'Unnoted')
  const leaves = await makeTree(20_000, unnoted)
  await remove([top])
  for (let n = 0; n < 20; n++) await remove([await makeFolder(sql, company, here)])
  await deletedUnnoted([unnoted, ...leaves])
  await sql.query('vacuum analyze folders')
  const client = new pg.Client({ connectionString: inject('stack').appUrl })
  await client.connect()
  try {
    await client.query(`begin; select set_config('app.user_id', '${person.id}', true)`)
    expect((await readDeletions(drizzle(client), company, { limit: 50 })).deletions).toHaveLength(22)
    const { rows: [row] } = await client.query<{ n: string }>(`select idx_tup_fetch + seq_tup_read as n from pg_stat_xact_user_tables where relid = 'public.folders'::regclass`)
    expect(Number(row?.n)).toBeLessThan(2_000)
  }
  finally {
    await client.end()
  }
})
