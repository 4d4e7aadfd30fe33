import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { from, nobody, post, said, someEmail, tokenIn } from './support/account'
import { App } from './support/app'
import { Browser } from './support/browser'
import { Mailbox } from './support/mailbox'
import { admin, collide, join, leave, makeCompany, makePerson, type Person } from './support/people'

const PUBLIC = 'https://workspace.example.com'
let sql: pg.Pool
let app: App
let mailbox: Mailbox
let owner: Person
let company: string
let hers: Browser

beforeAll(async () => {
  sql = admin()
  mailbox = await Mailbox.start()
  app = await App.start({ TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: PUBLIC, MAIL_URL: mailbox.url, MAIL_FROM: 'Workspace <app@example.com>', SIGN_UP: 'off' })
  owner = await makePerson(sql, 'owner')
  company = await makeCompany(sql, owner)
  hers = await Browser.signedIn(app, owner)
})
afterAll(async () => {
  await app.stop()
  await mailbox.stop()
  await sql.end()
})

const invite = async (body: object = { role: 'member' }, by = hers) => {
  const answer = await post(by, `/api/companies/${company}/invites`, body)
  expect(answer.status, answer.text).toBe(200)
  return { id: said(answer, 'id'), link: said(answer, 'link'), token: tokenIn(said(answer, 'link')), answer }
}
const accept = (who: Browser, token: string) => post(who, '/api/invites/accept', { token })
const newcomer = async () => {
  const person = await makePerson(sql, 'newcomer')
  return { person, browser: await Browser.signedIn(app, person) }
}
const roleOf = async (person: Person) => (await sql.query('select role from company_members where company_id = $1 and user_id = $2', [company, person.id])).rows[0]?.role

test('who opens an invite sees the company, accepts once, and is in it with the role of the invite', async () => {
  const { link, token } = await invite({ role: 'guest' })
  expect(link.startsWith(`${PUBLIC}/invite?token=`)).toBe(true)
  const face = await nobody(app).ask(`/api/invites?token=${token}`, { headers: from() })
  expect(face).toMatchObject({ status: 200, json: { company: { name: 'A company' }, role: 'guest' } })
  const { person, browser } = await newcomer()
  expect(await accept(browser, token)).toMatchObject({ status: 200, json: { company: { id: company } } })
  expect(await roleOf(person)).toBe('guest')
  expect(await accept(browser, token), 'the same request again').toMatchObject({ status: 200, json: { company: { id: company } } })
  const other = await newcomer()
  expect(await accept(other.browser, token)).toMatchObject({ status: 410, json: { code: 'invite_ended' } })
  expect((await nobody(app).ask(`/api/invites?token=${token}`, { headers: from() })).json).toMatchObject({ code: 'invite_ended' })
})

test('of many who accept one invite at once, one becomes a member', async () => {
  const { id, token } = await invite()
  const people = await Promise.all(Array.from({ length: 6 }, newcomer))
  const answers = await collide(sql, 'select from auth.invites where id = $1 for update', [id], 6, () => Promise.all(people.map(({ browser }) => accept(browser, token))))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 410, 410, 410, 410, 410])
  expect((await Promise.all(people.map(({ person }) => roleOf(person)))).filter(Boolean)).toEqual(['member'])
})

test('an invite that is over, taken back, or whose maker lost the right to invite opens nothing', async () => {
  const { browser } = await newcomer()
  const old = await invite()
  await sql.query('update auth.invites set expires_at = now() where id = $1', [old.id])
  const revoked = await invite()
  expect((await post(hers, `/api/companies/${company}/invites/revoke`, { id: revoked.id })).status).toBe(200)
  expect((await post(hers, `/api/companies/${company}/invites/revoke`, { id: revoked.id })).status, 'the same request again').toBe(200)
  const boss = await makePerson(sql, 'boss')
  await join(sql, company, boss, 'admin')
  const byBoss = await invite({ role: 'admin' }, await Browser.signedIn(app, boss))
  await sql.query(`update company_members set role = 'member' where user_id = $1`, [boss.id])
  for (const { token } of [old, revoked, byBoss]) expect(await accept(browser, token)).toMatchObject({ status: 410, json: { code: 'invite_ended' } })
  const states = (await hers.ask(`/api/companies/${company}/invites`)).json as { invites: { id: string, state: string }[] }
  const stateOf = (id: string) => states.invites.find(line => line.id === id)?.state
  expect([old, revoked, byBoss].map(({ id }) => stateOf(id))).toEqual(['expired', 'revoked', 'revoked'])
})

test('who was removed cannot come back by a link that they kept', async () => {
  const boss = await makePerson(sql, 'boss')
  await join(sql, company, boss, 'admin')
  const his = await Browser.signedIn(app, boss)
  const kept = await invite({ role: 'admin' }, his)
  expect((await post(hers, `/api/companies/${company}/remove-member`, { user_id: boss.id })).status).toBe(200)
  expect(await accept(his, kept.token)).toMatchObject({ status: 410 })
  await join(sql, company, boss, 'admin')
  expect(await accept((await newcomer()).browser, kept.token), 'not even when they are back').toMatchObject({ status: 410 })
  await leave(sql, company, boss)
})

test('an invite for an address is sent there, and only the account of that address may use it', async () => {
  const { person, browser } = await newcomer()
  const { token, link } = await invite({ role: 'member', email: person.email.toUpperCase() })
  expect((await mailbox.linkTo(person.email.toUpperCase())).href).toBe(link)
  expect(await accept((await newcomer()).browser, token)).toMatchObject({ status: 403, json: { code: 'invite_for_another' } })
  expect((await accept(browser, token)).status).toBe(200)
})

test('the link is shown once, to whoever invited, and the database keeps none that opens anything', async () => {
  const { token } = await invite({ role: 'member', email: someEmail() })
  const list = await hers.ask(`/api/companies/${company}/invites`)
  const audit = await hers.ask(`/api/companies/${company}/audit`)
  for (const text of [list.text, audit.text]) expect(text).not.toContain(token)
  const { rows } = await sql.query('select i::text as row from auth.invites i')
  expect(rows.some(({ row }) => row.includes(token))).toBe(false)
})

test('links are made of PUBLIC_URL, whatever host a request claims', async () => {
  const hostile = { 'host': 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', 'forwarded': 'host=evil.example', 'origin': PUBLIC }
  const answer = await post(hers, `/api/companies/${company}/invites`, { role: 'member' }, hostile)
  expect(new URL(said(answer, 'link')).origin).toBe(PUBLIC)
})

test('a company or a person with a name made for it cannot put a link of their own into the letter', async () => {
  await sql.query('update companies set name = $2 where id = $1', [company, 'Win at https://evil.example/now\r\nBcc: all@example.com'])
  const email = someEmail()
  await invite({ role: 'member', email })
  const [letter] = await mailbox.to(email)
  await sql.query(`update companies set name = 'A company' where id = $1`, [company])
  expect(letter?.to).toEqual([email])
  expect(letter?.text).not.toMatch(/evil\.example/)
})

test('without PUBLIC_URL an invite is refused with what the operator has to set', async () => {
  const bare = await App.start({ TRUSTED_PROXIES: '127.0.0.1' })
  const answer = await post(await Browser.signedIn(bare, owner), `/api/companies/${company}/invites`, { role: 'member' }, { 'x-forwarded-host': 'evil.example' })
  expect(answer).toMatchObject({ status: 503, json: { code: 'public_url_missing' } })
  expect(answer.text).toContain('PUBLIC_URL')
  await bare.stop()
})

test('nobody is invited as an owner', async () => {
  const answer = await post(hers, `/api/companies/${company}/invites`, { role: 'owner' })
  expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_input', fields: { role: expect.any(String) } } })
})

test('who is a member already keeps their role, and the invite stays open for another', async () => {
  const { token } = await invite({ role: 'guest' })
  expect((await accept(hers, token)).status).toBe(200)
  expect(await roleOf(owner)).toBe('owner')
  expect((await accept((await newcomer()).browser, token)).status).toBe(200)
})
