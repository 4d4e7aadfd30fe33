import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { companySettings, memberChangeRole } from '../../../shared/mutations/company'
import { folderCreate, folderDelete, folderDescribe, folderMove, folderRename, folderRestore } from '../../../shared/mutations/folder'
import { groupAddPeople, groupCreate, groupDelete, groupDescribe, groupRemovePeople, groupRename } from '../../../shared/mutations/group'
import { mutations } from '../../../shared/mutations/index'
import { leadAssign, leadErase, leadMerge, leadSetNotes, leadSetStatus, leadSetTags } from '../../../shared/mutations/lead'
import type { AnyMutation } from '../../../shared/mutations/mutation'
import { personPreferences, personProfile } from '../../../shared/mutations/person'
import { workspaceCreate, workspaceDelete, workspaceDescribe, workspaceMove, workspaceRename, workspaceRestore } from '../../../shared/mutations/workspace'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { entry, mutate, newId } from '../support/mutations'
import { admin, join, leave, makeCompany, makePerson } from '../support/people'
import { makeFolder, makeGroup, makeLead, makeWorkspace } from '../support/places'

const VIEWERS = ['owner', 'admin', 'member', 'guest', 'stranger', 'ended', 'signedOut'] as const
type Viewer = (typeof VIEWERS)[number]
type Outcome = 'done' | 'role' | 'ended' | 'signIn'

// Who may do what in one company, written by hand from the rules for people and not from the catalogue.
const STAFF: Record<Viewer, Outcome> = { owner: 'done', admin: 'done', member: 'done', guest: 'role', stranger: 'ended', ended: 'ended', signedOut: 'signIn' }
const MANAGERS: Record<Viewer, Outcome> = { ...STAFF, member: 'role' }
const ONESELF: Record<Viewer, Outcome> = { owner: 'done', admin: 'done', member: 'done', guest: 'done', stranger: 'done', ended: 'done', signedOut: 'signIn' }
const CODE = { role: 'role_changed', ended: 'membership_ended' }

/** Each mutation: who may, and an input that has something to change. */
const TABLE: [AnyMutation, Record<Viewer, Outcome>, () => Promise<object>][] = [
  [workspaceCreate, STAFF, async () => ({ id: newId(), name: 'New' })],
  [workspaceRename, STAFF, async () => ({ id: await makeWorkspace(sql, company), name: 'Renamed' })],
  [workspaceDescribe, STAFF, async () => ({ id: await makeWorkspace(sql, company), description: 'Said' })],
  [workspaceMove, STAFF, async () => ({ id: await makeWorkspace(sql, company), position: 'b1' })],
  [workspaceDelete, STAFF, async () => ({ id: await makeWorkspace(sql, company), deletion_id: newId() })],
  [workspaceRestore, STAFF, async () => ({ deletion_id: await deleted('workspaces', await makeWorkspace(sql, company)) })],
  [folderCreate, STAFF, async () => ({ id: newId(), workspace_id: workspace, parent_id: null, name: 'New' })],
  [folderRename, STAFF, async () => ({ id: await makeFolder(sql, company, workspace), name: 'Renamed' })],
  [folderDescribe, STAFF, async () => ({ id: await makeFolder(sql, company, workspace), description: 'Said' })],
  [folderMove, STAFF, async () => ({ ids: [await makeFolder(sql, company, workspace)], workspace_id: workspace, parent_id: await makeFolder(sql, company, workspace) })],
  [folderDelete, STAFF, async () => ({ ids: [await makeFolder(sql, company, workspace)], deletion_id: newId() })],
  [folderRestore, STAFF, async () => ({ deletion_id: await deleted('folders', await makeFolder(sql, company, workspace)) })],
  [groupCreate, STAFF, async () => ({ id: newId(), name: 'New' })],
  [groupRename, STAFF, async () => ({ id: await makeGroup(sql, company), name: 'Renamed' })],
  [groupDescribe, STAFF, async () => ({ id: await makeGroup(sql, company), description: 'Said' })],
  [groupDelete, STAFF, async () => ({ id: await makeGroup(sql, company) })],
  [groupAddPeople, STAFF, async () => ({ group_id: await makeGroup(sql, company), people: [{ id: newId(), user_id: colleague }] })],
  [groupRemovePeople, STAFF, async () => ({ group_id: await groupOf(colleague), user_ids: [colleague] })],
  [leadSetStatus, STAFF, async () => ({ id: await makeLead(sql, company), status: 'won' })],
  [leadAssign, STAFF, async () => ({ id: await makeLead(sql, company), assignee_id: colleague })],
  [leadSetNotes, STAFF, async () => ({ id: await makeLead(sql, company), notes: 'Called back.' })],
  [leadSetTags, STAFF, async () => ({ id: await makeLead(sql, company), tags: ['fair'] })],
  [leadMerge, STAFF, async () => ({ ids: [await makeLead(sql, company)], merged_into: await makeLead(sql, company) })],
  [leadErase, STAFF, async () => ({ id: await makeLead(sql, company) })],
  [memberChangeRole, MANAGERS, async () => ({ user_id: await newMember(), role: 'guest' })],
  [companySettings, MANAGERS, async () => ({ name: `Named ${newId()}`, settings: { colour: newId() } })],
  [personProfile, ONESELF, async () => ({ name: `Named ${newId()}`, avatar_url: null })],
  [personPreferences, ONESELF, async () => ({ preferences: { theme: newId() } })],
]

let sql: pg.Pool
let app: App
let company: string
let workspace: string
let colleague: string
const browsers = new Map<Viewer, Browser>()
const browser = (viewer: Viewer) => browsers.get(viewer) as Browser

beforeAll(async () => {
  app = await App.start()
  sql = admin()
  const owner = await makePerson(sql, 'owner')
  company = await makeCompany(sql, owner)
  workspace = await makeWorkspace(sql, company)
  colleague = await newMember()
  browsers.set('owner', await Browser.signedIn(app, owner))
  browsers.set('signedOut', new Browser(app))
  browser('signedOut').userId = owner.id
  for (const viewer of VIEWERS) {
    if (browsers.has(viewer)) continue
    const person = await makePerson(sql, viewer)
    if (viewer !== 'stranger') await join(sql, company, person, viewer === 'ended' ? 'owner' : viewer as 'admin')
    if (viewer === 'ended') await leave(sql, company, person)
    browsers.set(viewer, await Browser.signedIn(app, person))
  }
})
afterAll(async () => {
  await sql.end()
  await app.stop()
})

async function deleted(table: 'workspaces' | 'folders', id: string): Promise<string> {
  const deletion = newId()
  await sql.query(`update ${table} set deleted_at = now(), deletion_id = $2 where id = $1`, [id, deletion])
  return deletion
}

async function groupOf(user: string): Promise<string> {
  const group = await makeGroup(sql, company)
  await sql.query('insert into user_group_members (id, company_id, group_id, user_id) values ($1, $2, $3, $4)', [newId(), company, group, user])
  return group
}

async function newMember(): Promise<string> {
  const id = newId()
  await sql.query('insert into users (id, email, name) values ($1, $2, $3)', [id, `${id}@example.com`, 'Colleague'])
  await join(sql, company, { id, email: '', name: '' }, 'member')
  return id
}

/** All that a mutation of this test could change. */
async function everything(viewer: Viewer): Promise<string> {
  const { rows } = await sql.query<{ all: string }>(`select md5(concat(
    (select string_agg(t::text, '' order by id) from users t where id = any(array(select user_id from company_members where company_id = $1) || $2::uuid)),
    (select string_agg(t::text, '' order by id) from companies t where id = $1),
    (select string_agg(t::text, '' order by id) from company_members t where company_id = $1),
    (select string_agg(t::text, '' order by id) from user_groups t where company_id = $1),
    (select string_agg(t::text, '' order by id) from user_group_members t where company_id = $1),
    (select string_agg(t::text, '' order by id) from leads t where company_id = $1),
    (select string_agg(t::text, '' order by id) from workspaces t where company_id = $1),
    (select string_agg(t::text, '' order by id) from folders t where company_id = $1))) as all`, [company, browser(viewer).userId])
  return rows[0]?.all ?? ''
}

test('the table names every mutation', () => {
  expect(TABLE.map(([{ name }]) => name).toSorted()).toEqual(mutations.map(({ name }) => name).toSorted())
})

describe.each(TABLE.map(([mutation, who, input]) => ({ name: mutation.name, mutation, who, input })))('$name', ({ mutation, who, input }) => {
  test.each(VIEWERS.map(viewer => ({ viewer, outcome: who[viewer] })))('by $viewer: $outcome', async ({ viewer, outcome }) => {
    const given = await input()
    const before = await everything(viewer)
    const more = mutation.may === 'self' ? {} : { company }
    if (outcome === 'signIn') {
      const answer = await browser(viewer).post('/api/mutations', { mutations: [entry(mutation, given, more)] })
      expect(answer).toMatchObject({ status: 401, json: { code: 'sign_in' } })
    }
    else {
      const result = await mutate(browser(viewer), mutation, given, more)
      if (outcome === 'done') expect(result).toMatchObject({ status: 'applied', txid: expect.any(Number) })
      else expect(result).toMatchObject({ status: 'refused', code: CODE[outcome], company })
    }
    expect(await everything(viewer) !== before).toBe(outcome === 'done')
  })
})

test('an owner is changed by owners only, and the last one stays', async () => {
  const owner = await makePerson(sql, 'founder')
  const hers = await makeCompany(sql, owner)
  const [second, manager] = [await makePerson(sql, 'second'), await makePerson(sql, 'manager')]
  await join(sql, hers, second, 'owner')
  await join(sql, hers, manager, 'admin')
  const [ofOwner, ofManager] = [await Browser.signedIn(app, owner), await Browser.signedIn(app, manager)]
  const lower = (who: Browser, user: string) => mutate(who, memberChangeRole, { user_id: user, role: 'member' }, { company: hers })

  expect(await lower(ofManager, second.id)).toMatchObject({ status: 'refused', code: 'role_changed' })
  expect(await mutate(ofOwner, memberChangeRole, { user_id: manager.id, role: 'owner' }, { company: hers })).toMatchObject({ code: 'invalid_input', fields: { role: expect.any(String) } })
  // Both at once: one of them has to stay.
  const ofSecond = await Browser.signedIn(app, second)
  const results = await Promise.all([lower(ofOwner, owner.id), lower(ofSecond, second.id)])
  expect(results.map(result => result.status).toSorted()).toEqual(['applied', 'refused'])
  expect(results.find(result => result.status === 'refused')).toMatchObject({ code: 'last_owner' })
  const { rows } = await sql.query('select c.owner_id = m.user_id as named from company_members m join companies c on c.id = m.company_id where c.id = $1 and m.role = \'owner\'', [hers])
  expect(rows).toEqual([{ named: true }])
  // One line in the audit for the change that was done, none for those that were refused.
  const { rows: lines } = await sql.query('select act, actor_name, subject from auth.audit where company_id = $1', [hers])
  expect(lines).toMatchObject([{ act: 'member.role-changed', subject: { from: 'owner', to: 'member' } }])
})

test('a mutation that waits while its author is made a guest is refused', async () => {
  const author = await makePerson(sql, 'author')
  await join(sql, company, author, 'member')
  const hers = await Browser.signedIn(app, author)
  const folder = await makeFolder(sql, company, workspace)
  const holder = await sql.connect()
  await holder.query('begin')
  await holder.query('update company_members set role = \'guest\' where company_id = $1 and user_id = $2', [company, author.id])
  const waiting = mutate(hers, folderRename, { id: folder, name: 'Too late' }, { company })
  await expect.poll(async () => (await sql.query('select 1 from pg_locks where not granted')).rowCount).toBeGreaterThan(0)
  await holder.query('commit')
  holder.release()
  expect(await waiting).toMatchObject({ status: 'refused', code: 'role_changed' })
})
