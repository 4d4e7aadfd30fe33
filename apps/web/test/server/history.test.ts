import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import type { ChangeEvent, HistoryPage } from '../../shared/history/changes'
import { folderCreate, folderDelete, folderDescribe, folderMove, folderRename, folderRestore } from '../../shared/mutations/folder'
import { groupRename } from '../../shared/mutations/group'
import type { AnyMutation } from '../../shared/mutations/mutation'
import { workspaceCreate, workspaceDelete, workspaceDescribe, workspaceMove, workspaceRename, workspaceRestore } from '../../shared/mutations/workspace'
import { App } from './support/app'
import { Browser } from './support/browser'
import { applied, entry, mutate, newId, send } from './support/mutations'
import { admin, join, leave, makeCompany, makePerson, type Person } from './support/people'
import { makeFolder, makeGroup, makeWorkspace } from './support/places'

let sql: pg.Pool
let app: App
let person: Person
let browser: Browser
let company: string
let here: string

beforeAll(async () => {
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
  await app?.stop()
  await sql?.end()
})

const make = (mutation: AnyMutation, input: object) => applied(browser, mutation, input, { company })
const ask = async (query: string, by = browser) => by.ask(`/api/companies/${company}/history?${query}`)
const history = async (query: string): Promise<ChangeEvent[]> => {
  const answer = await ask(query)
  expect(answer.status, answer.text).toBe(200)
  return (answer.json as HistoryPage).changes
}
const of = (folder: string) => history(`folder=${folder}`)
const notes = async () => Number((await sql.query<{ n: string }>('select count(*) as n from auth.changes where company_id = $1', [company])).rows[0]?.n)
const briefly = (changes: readonly ChangeEvent[]) => changes.map(({ mutation, before, after, amount }) => [mutation, before, after, amount])
const placeOf = (workspace: { id: string, name: string }, folder: { id: string, name: string } | null = null) => ({ place: { workspace, folder } })

test('each edit of a folder is in its history with what was before, by whom and when, the newest first', async () => {
  const [folder, deletion] = [newId(), newId()]
  const parent = await makeFolder(sql, company, here, null, 'Parent')
  const there = await makeWorkspace(sql, company, 'There')
  await make(folderCreate, { id: folder, workspace_id: here, parent_id: parent, name: 'Plans' })
  await make(folderRename, { id: folder, name: 'Plans of spring' })
  await make(folderDescribe, { id: folder, description: 'What we do.' })
  await make(folderMove, { ids: [folder], workspace_id: there, parent_id: null })
  await make(folderMove, { ids: [folder], workspace_id: there, parent_id: null, position: 'b7' })
  await make(folderDelete, { ids: [folder], deletion_id: deletion })
  await make(folderRestore, { deletion_id: deletion })

  const changes = await of(folder)
  const [from, to] = [placeOf({ id: here, name: 'Here' }, { id: parent, name: 'Parent' }), placeOf({ id: there, name: 'There' })]
  expect(briefly(changes)).toEqual([
    ['folder.restore', {}, { name: 'Plans of spring' }, 1],
    ['folder.delete', { name: 'Plans of spring' }, {}, 1],
    ['folder.move', { position: 'a0' }, { position: 'b7' }, null],
    ['folder.move', from, to, null],
    ['folder.describe', { description: '' }, { description: 'What we do.' }, null],
    ['folder.rename', { name: 'Plans' }, { name: 'Plans of spring' }, null],
    ['folder.create', {}, { name: 'Plans', ...from }, null],
  ])
  expect(changes.map(({ actor }) => actor)).toEqual(changes.map(() => ({ id: person.id, name: 'Ada' })))
  expect(changes.map(({ deletion_id: id }) => id)).toEqual([deletion, deletion, null, null, null, null, null])
  for (const { at } of changes) expect(Math.abs(Date.now() - Date.parse(at))).toBeLessThan(60_000)
})

test('each edit of a workspace is in its history, and a deletion says how much went with it', async () => {
  const [workspace, deletion] = [newId(), newId()]
  await make(workspaceCreate, { id: workspace, name: 'Sales' })
  await make(workspaceRename, { id: workspace, name: 'Trade' })
  await make(workspaceDescribe, { id: workspace, description: 'Who buys.' })
  await make(workspaceMove, { id: workspace, position: 'b1' })
  await makeFolder(sql, company, workspace, await makeFolder(sql, company, workspace))
  await make(workspaceDelete, { id: workspace, deletion_id: deletion })
  await make(workspaceRestore, { deletion_id: deletion })
  expect(briefly(await history(`workspace=${workspace}`))).toEqual([
    ['workspace.restore', {}, { name: 'Trade' }, 3],
    ['workspace.delete', { name: 'Trade' }, {}, 3],
    ['workspace.move', { position: 'a0' }, { position: 'b1' }, null],
    ['workspace.describe', { description: '' }, { description: 'Who buys.' }, null],
    ['workspace.rename', { name: 'Sales' }, { name: 'Trade' }, null],
    ['workspace.create', {}, { name: 'Sales' }, null],
  ])
  // The folders in it were not named by the edit.
  expect(await notes()).toBe(6)
})

test('what changed nothing, and what was refused, is in no history', async () => {
  const folder = await makeFolder(sql, company, here, null, 'Same')
  const gone = await makeFolder(sql, company, here)
  await sql.query('update folders set deleted_at = now(), deletion_id = $2 where id = $1', [gone, newId()])
  await make(folderRename, { id: folder, name: 'Same' })
  await make(folderDescribe, { id: folder, description: '' })
  await make(folderMove, { ids: [folder], workspace_id: here, parent_id: null })
  await make(folderMove, { ids: [folder], workspace_id: here, parent_id: null, position: 'a0' })
  await make(workspaceMove, { id: here, position: 'a0' })
  await make(workspaceRename, { id: here, name: 'Here' })
  await make(folderDelete, { ids: [gone], deletion_id: newId() })
  await make(groupRename, { id: await makeGroup(sql, company), name: 'A group has none' })
  const refused = [
    mutate(browser, folderRename, { id: folder, name: 'Mine' }, { company, base: { name: 'Other' } }),
    mutate(browser, folderMove, { ids: [folder], workspace_id: here, parent_id: folder }, { company }),
    mutate(browser, folderRename, { id: gone, name: 'Late' }, { company }),
    mutate(browser, folderCreate, { id: folder, workspace_id: here, parent_id: null, name: 'Taken' }, { company }),
    mutate(browser, folderRestore, { deletion_id: newId() }, { company }),
    mutate(browser, workspaceRestore, { deletion_id: newId() }, { company }),
    mutate(browser, workspaceCreate, { id: here, name: 'Taken' }, { company }),
  ]
  expect((await Promise.all(refused)).map(({ status }) => status)).toEqual(refused.map(() => 'refused'))
  expect(await notes()).toBe(0)
})

test('of a whole tree only what was named has a line, and only a top says how much went', async () => {
  const top = await makeFolder(sql, company, here, null, 'Top')
  const [inner, other] = [await makeFolder(sql, company, here, top, 'Inner'), await makeFolder(sql, company, here, null, 'Other')]
  const leaf = await makeFolder(sql, company, here, inner, 'Leaf')
  const deletion = newId()
  await make(folderDelete, { ids: [top, leaf, other], deletion_id: deletion })
  expect([briefly(await of(top)), briefly(await of(inner)), briefly(await of(leaf)), briefly(await of(other))]).toEqual([
    [['folder.delete', { name: 'Top' }, {}, 4]], [], [['folder.delete', { name: 'Leaf' }, {}, null]], [['folder.delete', { name: 'Other' }, {}, 4]],
  ])
  await make(folderRestore, { deletion_id: deletion })
  expect([(await of(top)).length, (await of(inner)).length, (await of(leaf)).length]).toEqual([2, 0, 1])
  await make(folderMove, { ids: [top], workspace_id: await makeWorkspace(sql, company, 'There'), parent_id: null })
  expect([(await of(top)).length, (await of(inner)).length]).toEqual([3, 0])
})

test('an edit that is sent twice has one line', async () => {
  const folder = await makeFolder(sql, company, here)
  const id = newId()
  for (let n = 0; n < 2; n++) await applied(browser, folderRename, { id: folder, name: 'Once' }, { company, id })
  expect(await of(folder)).toHaveLength(1)
})

test('of many edits that come in one request each has its own line, and those that are refused or change nothing have none', async () => {
  const [one, two, same] = [await makeFolder(sql, company, here, null, 'One'), await makeFolder(sql, company, here, null, 'Two'), await makeFolder(sql, company, here, null, 'Same')]
  const made = [newId(), newId()]
  const input = (id: string, parent: string | null) => ({ id, workspace_id: here, parent_id: parent, name: `In ${parent === null ? 'nothing' : 'One'}` })
  const results = await send(browser, [
    entry(folderRename, { id: one, name: 'Uno' }, { company }), entry(folderRename, { id: two, name: 'Due' }, { company, base: { name: 'Other' } }),
    entry(folderRename, { id: same, name: 'Same' }, { company }),
    entry(folderCreate, input(made[0] ?? '', one), { company }), entry(folderCreate, input(made[1] ?? '', null), { company }), entry(folderCreate, input(two, null), { company }),
  ])
  expect(results.map(({ status }) => status)).toEqual(['applied', 'refused', 'applied', 'applied', 'applied', 'refused'])
  expect([briefly(await of(one)), briefly(await of(two)), briefly(await of(same))]).toEqual([[['folder.rename', { name: 'One' }, { name: 'Uno' }, null]], [], []])
  expect([briefly(await of(made[0] ?? '')), briefly(await of(made[1] ?? ''))]).toEqual([
    [['folder.create', {}, { name: 'In One', ...placeOf({ id: here, name: 'Here' }, { id: one, name: 'Uno' }) }, null]],
    [['folder.create', {}, { name: 'In nothing', ...placeOf({ id: here, name: 'Here' }) }, null]],
  ])
})

test('a history is read page by page, each line once, and of one company only', async () => {
  const folder = await makeFolder(sql, company, here)
  for (const name of ['One', 'Two', 'Three']) await make(folderRename, { id: folder, name })
  const first = (await ask(`folder=${folder}&limit=2`)).json as HistoryPage
  const second = (await ask(`folder=${folder}&limit=2&before=${first.next}`)).json as HistoryPage
  expect([...first.changes, ...second.changes].map(({ after }) => after.name)).toEqual(['Three', 'Two', 'One'])
  expect(second.next).toBeNull()
  const theirs = await makeCompany(sql, await makePerson(sql, 'Other'))
  const foreign = await makeFolder(sql, theirs, await makeWorkspace(sql, theirs))
  await sql.query(`insert into auth.changes (company_id, entity, row_id, actor_id, actor_name, mutation) values ($1, 'folders', $2, $3, 'Other', 'folder.rename')`, [theirs, foreign, person.id])
  expect(await of(foreign)).toEqual([])
})

test('a long description is in the list with its beginning', async () => {
  const folder = await makeFolder(sql, company, here)
  await make(folderDescribe, { id: folder, description: 'x'.repeat(9_000) })
  expect((await of(folder))[0]?.after.description).toBe(`${'x'.repeat(500)}…`)
})

test('who left is still named, by the name of that time', async () => {
  const former = await makePerson(sql, 'Bo')
  await join(sql, company, former, 'member')
  const folder = await makeFolder(sql, company, here)
  await applied(await Browser.signedIn(app, former), folderRename, { id: folder, name: 'By Bo' }, { company })
  await leave(sql, company, former)
  await sql.query(`update users set name = 'Bo the second' where id = $1`, [former.id])
  expect((await of(folder)).map(({ actor }) => actor)).toEqual([{ id: former.id, name: 'Bo' }])
})

test('a guest and who is not in the company read no history', async () => {
  const [guest, stranger] = [await makePerson(sql, 'guest'), await makePerson(sql, 'stranger')]
  await join(sql, company, guest, 'guest')
  const folder = await makeFolder(sql, company, here)
  for (const [who, code] of [[guest, 'role_changed'], [stranger, 'membership_ended']] as const) {
    expect(await ask(`folder=${folder}`, await Browser.signedIn(app, who))).toMatchObject({ status: 403, json: { code } })
  }
})

test.each(['', 'folder=x', 'folder=&workspace=', 'limit=10', 'folder=FOLDER&workspace=FOLDER', 'folder=FOLDER&limit=0', 'folder=FOLDER&limit=201', 'folder=FOLDER&before=x', 'folder=FOLDER&folder=FOLDER'])('a question for "%s" is refused', async (query) => {
  expect(await ask(query.replaceAll('FOLDER', newId()))).toMatchObject({ status: 400, json: { code: 'invalid_input' } })
})

test('no line is changed, not by the owner of the tables; past the routes too the app shows none to a guest, and takes none away in a person\'s name', async () => {
  const folder = await makeFolder(sql, company, here)
  await make(folderRename, { id: folder, name: 'Noted' })
  await expect(sql.query(`update auth.changes set actor_name = 'x'`)).rejects.toThrow('never changed')
  const guest = await makePerson(sql, 'guest')
  await join(sql, company, guest, 'guest')
  const asApp = new pg.Client({ connectionString: inject('stack').appUrl })
  await asApp.connect()
  try {
    await asApp.query(`begin; select set_config('app.user_id', '${person.id}', true)`)
    expect((await asApp.query('select from auth.changes where row_id = $1', [folder])).rowCount).toBe(1)
    expect((await asApp.query('delete from auth.changes where row_id = $1', [folder])).rowCount).toBe(0)
    // Nobody writes one in another's name.
    await expect(asApp.query(`insert into auth.changes (company_id, entity, row_id, actor_id, actor_name, mutation) values ($1, 'folders', $2, $3, 'x', 'folder.rename')`, [company, folder, newId()])).rejects.toMatchObject({ code: '42501' })
    await asApp.query(`rollback; begin; select set_config('app.user_id', '${guest.id}', true)`)
    expect((await asApp.query('select from auth.changes where row_id = $1', [folder])).rowCount).toBe(0)
  }
  finally {
    await asApp.end()
  }
})
