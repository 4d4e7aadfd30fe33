import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { companySettings, memberChangeRole } from '../../../shared/mutations/company'
import { folderCreate, folderDelete, folderDescribe, folderMove, folderRename, folderRestore } from '../../../shared/mutations/folder'
import { groupAddPeople, groupCreate, groupDelete, groupDescribe, groupRemovePeople, groupRename } from '../../../shared/mutations/group'
import { mutations } from '../../../shared/mutations/index'
import { leadAssign, leadErase, leadMerge, leadSetNotes, leadSetStatus, leadSetTags } from '../../../shared/mutations/lead'
import type { AnyMutation } from '../../../shared/mutations/mutation'
import { workspaceCreate, workspaceDelete, workspaceDescribe, workspaceMove, workspaceRename, workspaceRestore } from '../../../shared/mutations/workspace'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { mutate, newId } from '../support/mutations'
import { admin, join, makeCompany, makePerson, type Person } from '../support/people'
import { makeFolder, makeGroup, makeLead, makeWorkspace } from '../support/places'

let sql: pg.Pool
let app: App
let attacker: Browser
/** The attacker's own company, where they may everything, and another's, whose keys they know. */
let mine: string
let theirs: string
let theirOwner: Person
const own = { workspace: '', folder: '', group: '', lead: '' }
const foreign = { workspace: '', folder: '', deletedFolders: newId(), deletedWorkspace: newId(), group: '', lead: '' }

beforeAll(async () => {
  app = await App.start()
  sql = admin()
  const person = await makePerson(sql, 'attacker')
  theirOwner = await makePerson(sql, 'victim')
  mine = await makeCompany(sql, person)
  theirs = await makeCompany(sql, theirOwner)
  own.workspace = await makeWorkspace(sql, mine)
  own.folder = await makeFolder(sql, mine, own.workspace)
  own.group = await makeGroup(sql, mine)
  foreign.workspace = await makeWorkspace(sql, theirs)
  foreign.folder = await makeFolder(sql, theirs, foreign.workspace)
  foreign.group = await makeGroup(sql, theirs)
  own.lead = await makeLead(sql, mine)
  foreign.lead = await makeLead(sql, theirs)
  const [gone, goneWorkspace] = [await makeFolder(sql, theirs, foreign.workspace), await makeWorkspace(sql, theirs)]
  await sql.query('update folders set deleted_at = now(), deletion_id = $2 where id = $1', [gone, foreign.deletedFolders])
  await sql.query('update workspaces set deleted_at = now(), deletion_id = $2 where id = $1', [goneWorkspace, foreign.deletedWorkspace])
  attacker = await Browser.signedIn(app, person)
})
afterAll(async () => {
  await sql.end()
  await app.stop()
})

/** Every field that holds a key, with another company's in it. */
const CASES: [AnyMutation, () => object][] = [
  [workspaceCreate, () => ({ id: foreign.workspace, name: 'Taken over' })],
  [workspaceRename, () => ({ id: foreign.workspace, name: 'Taken over' })],
  [workspaceDescribe, () => ({ id: foreign.workspace, description: 'Taken over' })],
  [workspaceMove, () => ({ id: foreign.workspace, position: 'z9' })],
  [workspaceDelete, () => ({ id: foreign.workspace, deletion_id: newId() })],
  [workspaceRestore, () => ({ deletion_id: foreign.deletedWorkspace })],
  [folderCreate, () => ({ id: foreign.folder, workspace_id: own.workspace, parent_id: null, name: 'Taken over' })],
  [folderCreate, () => ({ id: newId(), workspace_id: foreign.workspace, parent_id: null, name: 'Planted' })],
  [folderCreate, () => ({ id: newId(), workspace_id: own.workspace, parent_id: foreign.folder, name: 'Planted' })],
  [folderCreate, () => ({ id: newId(), workspace_id: foreign.workspace, parent_id: foreign.folder, name: 'Planted' })],
  [folderRename, () => ({ id: foreign.folder, name: 'Taken over' })],
  [folderDescribe, () => ({ id: foreign.folder, description: 'Taken over' })],
  [folderMove, () => ({ ids: [foreign.folder], workspace_id: own.workspace, parent_id: null })],
  [folderMove, () => ({ ids: [own.folder, foreign.folder], workspace_id: own.workspace, parent_id: null })],
  [folderMove, () => ({ ids: [own.folder], workspace_id: foreign.workspace, parent_id: null })],
  [folderMove, () => ({ ids: [own.folder], workspace_id: own.workspace, parent_id: foreign.folder })],
  [folderDelete, () => ({ ids: [foreign.folder], deletion_id: newId() })],
  [folderDelete, () => ({ ids: [own.folder, foreign.folder], deletion_id: newId() })],
  [folderRestore, () => ({ deletion_id: foreign.deletedFolders })],
  [groupCreate, () => ({ id: foreign.group, name: 'Taken over' })],
  [groupRename, () => ({ id: foreign.group, name: 'Taken over' })],
  [groupDescribe, () => ({ id: foreign.group, description: 'Taken over' })],
  [groupDelete, () => ({ id: foreign.group })],
  [groupAddPeople, () => ({ group_id: foreign.group, people: [{ id: newId(), user_id: attacker.userId }] })],
  [groupAddPeople, () => ({ group_id: own.group, people: [{ id: newId(), user_id: theirOwner.id }] })],
  [groupRemovePeople, () => ({ group_id: foreign.group, user_ids: [theirOwner.id] })],
  [leadSetStatus, () => ({ id: foreign.lead, status: 'lost' })],
  [leadAssign, () => ({ id: foreign.lead, assignee_id: null })],
  [leadAssign, () => ({ id: foreign.lead, assignee_id: attacker.userId })],
  [leadAssign, () => ({ id: own.lead, assignee_id: theirOwner.id })],
  [leadSetNotes, () => ({ id: foreign.lead, notes: 'Taken over' })],
  [leadSetTags, () => ({ id: foreign.lead, tags: ['taken over'] })],
  [leadMerge, () => ({ ids: [foreign.lead], merged_into: own.lead })],
  [leadMerge, () => ({ ids: [own.lead], merged_into: foreign.lead })],
  [leadMerge, () => ({ ids: [own.lead, foreign.lead], merged_into: null })],
  [leadErase, () => ({ id: foreign.lead })],
  [memberChangeRole, () => ({ user_id: theirOwner.id, role: 'guest' })],
]

async function rowsOf(company: string): Promise<unknown> {
  const tables = ['company_members', 'user_groups', 'user_group_members', 'workspaces', 'folders', 'leads', 'auth.changes']
  return Promise.all([
    sql.query('select * from companies where id = $1', [company]).then(({ rows }) => rows),
    ...tables.map(async table => (await sql.query(`select * from ${table} where company_id = $1 order by id`, [company])).rows),
  ])
}

test('another company\'s key in any field of any mutation changes no row of either', async () => {
  const before = [await rowsOf(mine), await rowsOf(theirs)]
  for (const [mutation, input] of CASES) {
    const result = await mutate(attacker, mutation, input(), { company: mine })
    expect(result, mutation.name).toMatchObject({ status: 'refused', code: expect.stringMatching(/^(not_found|invalid_input)$/) })
  }
  expect([await rowsOf(mine), await rowsOf(theirs)]).toEqual(before)
})

test('and naming the other company outright is refused as for a stranger', async () => {
  const before = await rowsOf(theirs)
  for (const [mutation, input] of [...CASES, [companySettings, () => ({ name: 'Taken over' })] as const]) {
    expect(await mutate(attacker, mutation, input(), { company: theirs }), mutation.name).toMatchObject({ status: 'refused', code: 'membership_ended' })
  }
  expect(await rowsOf(theirs)).toEqual(before)
})

test('every mutation of a company is among the cases', () => {
  const named = new Set<string>([...CASES.map(([{ name }]) => name), companySettings.name])
  expect(mutations.filter(({ may }) => may !== 'self').map(({ name }) => name).filter(name => !named.has(name))).toEqual([])
})

test('who is in both companies cannot carry a row from one to the other', async () => {
  const both = await makePerson(sql, 'both')
  await join(sql, mine, both, 'owner')
  await join(sql, theirs, both, 'owner')
  const browser = await Browser.signedIn(app, both)
  const before = [await rowsOf(mine), await rowsOf(theirs)]
  for (const company of [mine, theirs]) {
    expect(await mutate(browser, folderMove, { ids: [own.folder], workspace_id: foreign.workspace, parent_id: null }, { company })).toMatchObject({ status: 'refused', code: 'not_found' })
    expect(await mutate(browser, leadMerge, { ids: [own.lead], merged_into: foreign.lead }, { company })).toMatchObject({ status: 'refused', code: 'not_found' })
  }
  expect([await rowsOf(mine), await rowsOf(theirs)]).toEqual(before)
})
