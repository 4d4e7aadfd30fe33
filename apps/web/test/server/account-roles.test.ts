import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nobody, post, said, tokenIn } from './support/account'
import { App } from './support/app'
import { Browser, type Answer } from './support/browser'
import { admin, collide, join, leave, makeCompany, makePerson, PASSWORD, type Person } from './support/people'

const VIEWERS = ['owner', 'admin', 'member', 'guest', 'stranger', 'ended', 'signedOut'] as const
type Viewer = (typeof VIEWERS)[number]
type Outcome = 'done' | 'role' | 'ended' | 'signIn'

const ROW = (owner: Outcome, manager: Outcome, member: Outcome, guest: Outcome): Record<Viewer, Outcome> =>
  ({ owner, admin: manager, member, guest, stranger: 'ended', ended: 'ended', signedOut: 'signIn' })

// Who may do what in one company, written by hand from the rules for people.
const TABLE: Record<string, Record<Viewer, Outcome>> = {
  'see the invites': ROW('done', 'done', 'role', 'role'),
  'invite an admin': ROW('done', 'done', 'role', 'role'),
  'invite a guest': ROW('done', 'done', 'role', 'role'),
  'revoke an invite': ROW('done', 'done', 'role', 'role'),
  'remove a guest': ROW('done', 'done', 'role', 'role'),
  'remove an admin': ROW('done', 'done', 'role', 'role'),
  'remove an owner': ROW('done', 'role', 'role', 'role'),
  'transfer it': ROW('done', 'role', 'role', 'role'),
  'leave it': ROW('done', 'done', 'done', 'done'),
  'read the audit': ROW('done', 'role', 'role', 'role'),
  'read the history of a folder': ROW('done', 'done', 'done', 'role'),
  'see the trash': ROW('done', 'done', 'done', 'role'),
}
const STATUS = { done: 200, role: 403, ended: 403, signIn: 401 }
const CODE = { role: 'role_changed', ended: 'membership_ended', signIn: 'sign_in' }

let sql: pg.Pool
let app: App
const people = new Map<Viewer, Person>()
const browsers = new Map<Viewer, Browser>()
const browser = (viewer: Viewer) => browsers.get(viewer) as Browser

beforeAll(async () => {
  sql = admin()
  app = await App.start({ TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: 'https://workspace.example.com' })
  browsers.set('signedOut', nobody(app))
  for (const viewer of VIEWERS) {
    if (viewer === 'signedOut') continue
    const person = await makePerson(sql, viewer)
    people.set(viewer, person)
    browsers.set(viewer, await Browser.signedIn(app, person))
  }
})
afterAll(async () => {
  await app.stop()
  await sql.end()
})

/** A company that has every viewer in their place, and one more of each who can be acted upon. */
async function stage() {
  const owner = people.get('owner') as Person
  const id = await makeCompany(sql, owner)
  const others = { owner: await makePerson(sql, 'other'), admin: await makePerson(sql, 'other'), guest: await makePerson(sql, 'other') }
  for (const [role, person] of Object.entries(others)) await join(sql, id, person, role as 'owner')
  for (const role of ['admin', 'member', 'guest'] as const) await join(sql, id, people.get(role) as Person, role)
  await join(sql, id, people.get('ended') as Person, 'owner')
  await leave(sql, id, people.get('ended') as Person)
  return { id, others, path: `/api/companies/${id}` }
}

type Stage = Awaited<ReturnType<typeof stage>>
const ACTS: Record<string, (by: Browser, at: Stage) => Promise<Answer>> = {
  'see the invites': (by, { path }) => by.ask(`${path}/invites`),
  'invite an admin': (by, { path }) => post(by, `${path}/invites`, { role: 'admin' }),
  'invite a guest': (by, { path }) => post(by, `${path}/invites`, { role: 'guest' }),
  'revoke an invite': async (by, { path }) => post(by, `${path}/invites/revoke`, { id: said(await post(browser('owner'), `${path}/invites`, { role: 'guest' }), 'id') }),
  'remove a guest': (by, { path, others }) => post(by, `${path}/remove-member`, { user_id: others.guest.id }),
  'remove an admin': (by, { path, others }) => post(by, `${path}/remove-member`, { user_id: others.admin.id }),
  'remove an owner': (by, { path, others }) => post(by, `${path}/remove-member`, { user_id: others.owner.id }),
  'transfer it': (by, { path, others }) => post(by, `${path}/transfer`, { user_id: others.guest.id, password: PASSWORD }),
  'leave it': (by, { path }) => post(by, `${path}/leave`, {}),
  'read the audit': (by, { path }) => by.ask(`${path}/audit`),
  'read the history of a folder': (by, { path }) => by.ask(`${path}/history?folder=${randomUUID()}`),
  'see the trash': (by, { path }) => by.ask(`${path}/deletions`),
}

describe('who may do what', () => {
  let at: Stage
  beforeAll(async () => {
    at = await stage()
  })
  const cells = Object.entries(TABLE).flatMap(([act, row]) => VIEWERS.map(viewer => ({ act, viewer, outcome: row[viewer] })))

  test.each(cells)('$viewer would $act: $outcome', async ({ act, viewer, outcome }) => {
    // What is allowed changes the company, so the next one gets another.
    const here = outcome === 'done' ? await stage() : at
    const answer = await ACTS[act]?.(browser(viewer), here)
    expect(answer?.status, answer?.text).toBe(STATUS[outcome])
    if (outcome !== 'done') expect(answer?.json).toMatchObject({ code: CODE[outcome] })
  })
})

const members = async (company: string) => Object.fromEntries((await sql.query<{ user_id: string, role: string }>(
  'select user_id, role from company_members where company_id = $1', [company])).rows.map(row => [row.user_id, row.role]))
const ownerOf = async (company: string) => (await sql.query('select owner_id from companies where id = $1', [company])).rows[0]?.owner_id

test('the last owner cannot leave nor be removed, and a former owner can', async () => {
  const [one, two] = [await makePerson(sql, 'one'), await makePerson(sql, 'two')]
  const company = await makeCompany(sql, one)
  await join(sql, company, two, 'owner')
  const [first, second] = [await Browser.signedIn(app, one), await Browser.signedIn(app, two)]
  expect((await post(first, `/api/companies/${company}/leave`, {})).status).toBe(200)
  expect(await ownerOf(company), 'the company belongs to who is left').toBe(two.id)
  expect(await post(second, `/api/companies/${company}/leave`, {})).toMatchObject({ status: 409, json: { code: 'last_owner' } })
  expect(await members(company)).toEqual({ [two.id]: 'owner' })
})

test('of two owners who leave at once, or remove each other, one stays', async () => {
  for (const remove of [false, true]) {
    const [one, two] = [await makePerson(sql, 'one'), await makePerson(sql, 'two')]
    const company = await makeCompany(sql, one)
    await join(sql, company, two, 'owner')
    const browsers = [await Browser.signedIn(app, one), await Browser.signedIn(app, two)]
    // Each has looked at who else is an owner before either is gone.
    const answers = await collide(sql, 'select from company_members where company_id = $1 for update', [company], 2, () => Promise.all(browsers.map((by, i) => remove
      ? post(by, `/api/companies/${company}/remove-member`, { user_id: [two, one][i]?.id })
      : post(by, `/api/companies/${company}/leave`, {}))))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, remove ? 403 : 409])
    expect(Object.values(await members(company))).toEqual(['owner'])
    expect(Object.keys(await members(company))).toEqual([await ownerOf(company)])
  }
})

test('a transfer asks for the password, makes the other the owner and the old one an admin', async () => {
  const [one, two] = [await makePerson(sql, 'one'), await makePerson(sql, 'two')]
  const company = await makeCompany(sql, one)
  await join(sql, company, two, 'member')
  const by = await Browser.signedIn(app, one)
  const transfer = (body: object) => post(by, `/api/companies/${company}/transfer`, body)
  expect(await transfer({ user_id: two.id, password: 'guess' })).toMatchObject({ status: 400, json: { fields: { password: 'This is not your password.' } } })
  expect(await transfer({ user_id: randomUUID(), password: PASSWORD })).toMatchObject({ status: 404 })
  expect(await members(company)).toEqual({ [one.id]: 'owner', [two.id]: 'member' })
  expect((await transfer({ user_id: two.id, password: PASSWORD })).status).toBe(200)
  expect(await members(company)).toEqual({ [one.id]: 'admin', [two.id]: 'owner' })
  expect(await ownerOf(company)).toBe(two.id)
  expect(await transfer({ user_id: two.id, password: PASSWORD }), 'the same request again').toMatchObject({ status: 403, json: { code: 'role_changed' } })
})

test('who is removed gets nothing of the company any more, and has left its groups', async () => {
  const { id, path } = await stage()
  const guest = people.get('guest') as Person
  const group = (await sql.query('select id from user_groups where company_id = $1', [id])).rows[0]?.id
  await sql.query('insert into user_group_members (id, company_id, group_id, user_id) values ($1, $2, $3, $4)', [randomUUID(), id, group, guest.id])
  const { entry } = await browser('guest').follow('folders', id)
  const held = browser('guest').live([entry])
  expect((await post(browser('owner'), `${path}/remove-member`, { user_id: guest.id })).status).toBe(200)
  expect((await held).lines).toMatchObject([{ shape: 'folders', status: 403, body: { code: 'membership_ended', company: id } }])
  expect((await browser('guest').shape('folders', { company: id, offset: '-1' })).json).toMatchObject({ code: 'membership_ended' })
  expect((await sql.query('select 1 from user_group_members where company_id = $1 and user_id = $2', [id, guest.id])).rowCount).toBe(0)
})

test('owners read what was done, by whom and when, page by page, and nobody changes it', async () => {
  const [one, two] = [await makePerson(sql, 'One'), await makePerson(sql, 'Two')]
  const company = await makeCompany(sql, one)
  const path = `/api/companies/${company}`
  const [by, their] = [await Browser.signedIn(app, one), await Browser.signedIn(app, two)]
  const token = tokenIn(said(await post(by, `${path}/invites`, { role: 'admin' }), 'link'))
  await post(their, '/api/invites/accept', { token })
  await post(their, '/api/account/password', { current: PASSWORD, password: 'a password after that one' })
  await post(by, `${path}/transfer`, { user_id: two.id, password: PASSWORD })
  await post(by, `${path}/leave`, {})
  const page = (query: string) => their.ask(`${path}/audit?${query}`)
  const all = (await page('')).json as { events: { id: number, act: string, at: string, actor: { id: string, name: string } }[], next: number | null }
  expect(all.events.map(({ act, actor }) => `${actor.name}: ${act}`)).toEqual([
    'One: member.left', 'One: company.transferred', 'Two: account.password-changed', 'Two: invite.accepted', 'One: invite.made',
  ])
  expect(all.next).toBeNull()
  expect(Math.abs(Date.now() - Date.parse(all.events[0]?.at ?? ''))).toBeLessThan(60_000)
  const first = (await page('limit=2')).json as typeof all
  const second = (await page(`limit=3&before=${first.next}`)).json as typeof all
  expect([...first.events, ...second.events]).toEqual(all.events)
  expect([(await page('limit=0')).status, (await page('limit=201')).status, (await page('before=x')).status]).toEqual([400, 400, 400])
  for (const statement of ['update auth.audit set act = $$x$$', 'delete from auth.audit', 'truncate auth.audit']) await expect(sql.query(statement)).rejects.toThrow('never changed nor deleted')
})

const POSTS = [
  '/api/auth/sign-up', '/api/auth/reset-request', '/api/auth/reset', '/api/auth/confirm-email', '/api/account/password', '/api/account/email', '/api/account/sessions/end',
  '/api/invites/accept', '/api/companies', ...['invites', 'invites/revoke', 'leave', 'transfer', 'remove-member'].map(act => `/api/companies/${randomUUID()}/${act}`),
]

test.each(POSTS)('POST %s from another site, or as a form, is refused before anything else', async (path) => {
  const ask = (headers: Record<string, string>) => browser('owner').ask(path, { method: 'POST', body: '{}', headers })
  expect(await ask({ 'origin': 'https://evil.example', 'content-type': 'application/json' })).toMatchObject({ status: 403, json: { code: 'foreign_origin' } })
  expect(await ask({ 'origin': app.origin, 'content-type': 'text/plain' })).toMatchObject({ status: 415, json: { code: 'unsupported_media_type' } })
})

test.each(POSTS)('POST %s with what it does not take is refused as input, or asks to sign in', async (path) => {
  const answer = await post(nobody(app), path, { surprise: true })
  expect([400, 401]).toContain(answer.status)
  expect(await post(browser('stranger'), path, { surprise: true })).toMatchObject({ status: 400, json: { code: 'invalid_input' } })
})

test('an address of a company that is no key is not found', async () => {
  for (const id of ['x', '%00', '..%2f']) expect((await browser('owner').ask(`/api/companies/${id}/invites`)).status).toBe(404)
})
