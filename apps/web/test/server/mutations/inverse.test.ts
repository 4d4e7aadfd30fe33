import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { folderCreate, folderDelete, folderDescribe, folderMove, folderRename, folderRestore } from '../../../shared/mutations/folder'
import { groupAddPeople, groupDescribe, groupRemovePeople, groupRename } from '../../../shared/mutations/group'
import { currentMutation, mutations } from '../../../shared/mutations/index'
import { leadAssign, leadMerge, leadSetNotes, leadSetStatus, leadSetTags } from '../../../shared/mutations/lead'
import type { AnyMutation, MutationInput, Step, Was } from '../../../shared/mutations/mutation'
import { workspaceCreate, workspaceDelete, workspaceDescribe, workspaceMove, workspaceRename, workspaceRestore } from '../../../shared/mutations/workspace'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { applied, mutate, newId } from '../support/mutations'
import { admin, join, makeCompany, makePerson } from '../support/people'
import { makeFolder, makeGroup, makeLead, makeWorkspace } from '../support/places'

let sql: pg.Pool
let app: App
let browser: Browser
let company: string
let colleague: string
let [here, there, top, inner, aside, group, lead, otherLead] = ['', '', '', '', '', '', '', '']

beforeAll(async () => {
  app = await App.start()
  sql = admin()
  const owner = await makePerson(sql, 'undoer')
  const other = await makePerson(sql, 'colleague')
  company = await makeCompany(sql, owner)
  await join(sql, company, other, 'member')
  colleague = other.id
  browser = await Browser.signedIn(app, owner)
})
afterAll(async () => {
  await sql.end()
  await app.stop()
})
beforeEach(async () => {
  here = await makeWorkspace(sql, company, 'Here')
  there = await makeWorkspace(sql, company, 'There')
  top = await makeFolder(sql, company, here, null, 'top')
  inner = await makeFolder(sql, company, here, top, 'inner')
  aside = await makeFolder(sql, company, here, null, 'aside')
  group = await makeGroup(sql, company, 'Group')
  lead = await makeLead(sql, company)
  otherLead = await makeLead(sql, company)
})

/** All that people see of the places of this test; what is deleted is not there. */
async function seen(): Promise<string> {
  const { rows } = await sql.query<{ all: string }>(`select concat_ws(' | ',
    (select string_agg(concat_ws(' ', id, name, description, position), ', ' order by id) from workspaces where company_id = $1 and deleted_at is null),
    (select string_agg(concat_ws(' ', id, workspace_id, coalesce(parent_id::text, '-'), name, description, position), ', ' order by id) from folders where company_id = $1 and deleted_at is null),
    (select string_agg(concat_ws(' ', id, status, coalesce(assignee_id::text, '-'), notes, tags, coalesce(merged_into::text, '-')), ', ' order by id) from leads where company_id = $1),
    (select string_agg(concat_ws(' ', id, name, description), ', ' order by id) from user_groups where company_id = $1),
    (select string_agg(concat_ws(' ', group_id, user_id), ', ' order by group_id, user_id) from user_group_members where company_id = $1)) as all`, [company])
  return rows[0]?.all ?? ''
}

/** Makes steps one after the other. Out: what takes them back. */
async function make(steps: readonly Step[]): Promise<Step[]> {
  const back: Step[] = []
  for (const { name, id, input, base, was = {} } of steps) {
    const mutation = currentMutation(name)
    await applied(browser, mutation, input, { company, ...id && { id }, ...base && { base } })
    back.unshift(...mutation.inverse?.(input, was, newId) ?? [])
  }
  return back
}

/** Each edit that can be taken back: what it is given, what was there before, and what prepares it. */
const TABLE: [AnyMutation, () => MutationInput, (() => Was)?, (() => Promise<unknown>)?][] = [
  [workspaceCreate, () => ({ id: newId(), name: 'New' })],
  [workspaceRename, () => ({ id: here, name: 'Renamed' }), () => ({ name: 'Here' })],
  [workspaceDescribe, () => ({ id: here, description: 'Said' }), () => ({ description: '' })],
  [workspaceMove, () => ({ id: here, position: 'b1' }), () => ({ position: 'a0' })],
  [workspaceDelete, () => ({ id: here, deletion_id: newId() })],
  [workspaceRestore, () => ({ deletion_id: group }), () => ({ ids: [here] }), () => applied(browser, workspaceDelete, { id: here, deletion_id: group }, { company })],
  [folderCreate, () => ({ id: newId(), workspace_id: here, parent_id: top, name: 'New' })],
  [folderRename, () => ({ id: top, name: 'Renamed' }), () => ({ name: 'top' })],
  [folderDescribe, () => ({ id: top, description: 'Said' }), () => ({ description: '' })],
  [folderMove, () => ({ ids: [inner, aside], workspace_id: there, parent_id: null, position: 'b2' }), () => ({
    places: [{ id: inner, workspace_id: here, parent_id: top, position: 'a0' }, { id: aside, workspace_id: here, parent_id: null, position: 'a0' }],
  })],
  [folderDelete, () => ({ ids: [top, aside], deletion_id: newId() })],
  [folderRestore, () => ({ deletion_id: group }), () => ({ ids: [top] }), () => applied(browser, folderDelete, { ids: [top], deletion_id: group }, { company })],
  [groupRename, () => ({ id: group, name: 'Renamed' }), () => ({ name: 'Group' })],
  [groupDescribe, () => ({ id: group, description: 'Said' }), () => ({ description: '' })],
  [groupAddPeople, () => ({ group_id: group, people: [{ id: newId(), user_id: colleague }] })],
  [groupRemovePeople, () => ({ group_id: group, user_ids: [colleague] }), undefined, () => applied(browser, groupAddPeople, { group_id: group, people: [{ id: newId(), user_id: colleague }] }, { company })],
  [leadSetStatus, () => ({ id: lead, status: 'won' }), () => ({ status: 'new' })],
  [leadAssign, () => ({ id: lead, assignee_id: colleague }), () => ({ assignee_id: null })],
  [leadSetNotes, () => ({ id: lead, notes: 'Called back.' }), () => ({ notes: '' })],
  [leadSetTags, () => ({ id: lead, tags: ['fair', 'hot'] }), () => ({ tags: [] })],
  [leadMerge, () => ({ ids: [lead], merged_into: otherLead }), () => ({ merged_into: null })],
]

test('the table names every edit that can be taken back', () => {
  expect(TABLE.map(([{ name }]) => name)).toEqual(mutations.filter(mutation => 'inverse' in mutation).map(({ name }) => name))
})

describe.each(TABLE.map(([mutation, input, was, prepare]) => ({ name: mutation.name, mutation, input, was, prepare })))('$name', ({ name, mutation, input, was, prepare }) => {
  test('taken back, done again and taken back again, everything is as it was each time', async () => {
    await prepare?.()
    const before = await seen()
    const given = input()
    const deletion = typeof given.deletion_id === 'string' && name.endsWith('.delete') ? { id: given.deletion_id } : {}
    await applied(browser, mutation, given, { company, ...deletion })
    const after = await seen()
    expect(after).not.toBe(before)
    const undo = mutation.inverse?.(given, was?.() ?? {}, newId)
    if (!undo) throw new Error('Nothing takes it back')
    const redo = await make(undo)
    expect(await seen()).toBe(before)
    const undoAgain = await make(redo)
    expect(await seen()).toBe(after)
    await make(undoAgain)
    expect(await seen()).toBe(before)
  })
})

test('what somebody else has renamed meanwhile is not named back over their heads', async () => {
  await applied(browser, folderRename, { id: top, name: 'mine' }, { company, base: { name: 'top' } })
  await sql.query('update folders set name = $2 where id = $1', [top, 'theirs'])
  const [step] = folderRename.inverse?.({ id: top, name: 'mine' }, { name: 'top' }, newId) ?? []
  const result = await mutate(browser, folderRename, step?.input ?? {}, { company, base: { ...step?.base } })
  expect(result).toMatchObject({ status: 'refused', code: 'conflict', theirs: { name: 'theirs' } })
})

test('nothing takes back what would take from others for good, or what was done without knowing what was there', () => {
  expect(currentMutation('group.create').inverse).toBeUndefined()
  expect(currentMutation('group.delete').inverse).toBeUndefined()
  expect(folderRename.inverse?.({ id: top, name: 'New' }, {}, newId)).toBeUndefined()
  expect(folderMove.inverse?.({ ids: [top], workspace_id: here, parent_id: null }, {}, newId)).toBeUndefined()
})
