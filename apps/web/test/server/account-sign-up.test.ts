import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { differenceInTime, from, nobody, post, said, someEmail, tokenIn } from './support/account'
import { App } from './support/app'
import { Browser } from './support/browser'
import { Mailbox } from './support/mailbox'
import { admin, makeCompany, makePerson, type Person } from './support/people'

const PUBLIC = 'https://workspace.example.com'
const CHOSEN = 'a password chosen at sign-up'
let sql: pg.Pool
let open: App
let mailing: App
let closed: App
let mailbox: Mailbox
let owner: Person
let company: string

beforeAll(async () => {
  sql = admin()
  mailbox = await Mailbox.start()
  const env = { TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: PUBLIC }
  const mail = { MAIL_URL: mailbox.url, MAIL_FROM: 'app@example.com' }
  open = await App.start({ ...env, SIGN_UP: 'on' })
  mailing = await App.start({ ...env, ...mail, SIGN_UP: 'on' })
  closed = await App.start({ ...env })
  owner = await makePerson(sql, 'owner')
  company = await makeCompany(sql, owner)
})
afterAll(async () => {
  for (const app of [open, mailing, closed]) await app.stop()
  await mailbox.stop()
  await sql.end()
})

const signUp = (app: App, body: object, headers = {}) => post(nobody(app), '/api/auth/sign-up', { name: 'New Person', password: CHOSEN, ...body }, headers)
const signIn = (app: App, email: string, password = CHOSEN) => post(nobody(app), '/api/auth/sign-in', { email, password })
const invite = async (app: App) => tokenIn(said(await post(await Browser.signedIn(app, owner), `/api/companies/${company}/invites`, { role: 'member' }), 'link'))
const accounts = async (email: string) => (await sql.query('select 1 from users where lower(email) = lower($1)', [email])).rowCount

test('without mail, who signs up signs in with it and makes a company of their own', async () => {
  const email = someEmail()
  expect(await signUp(open, { email })).toMatchObject({ status: 200, json: { confirm: false } })
  const browser = nobody(open)
  expect((await post(browser, '/api/auth/sign-in', { email, password: CHOSEN })).status).toBe(200)
  const slug = `own-${Date.now()}`
  const id = crypto.randomUUID()
  expect((await browser.ask(`/api/companies/slug-free?slug=${slug}`)).json).toEqual({ free: true })
  const made = await post(browser, '/api/companies', { id, name: 'My Own', slug })
  expect(made).toMatchObject({ status: 200, json: { company: { id, slug } } })
  expect(await post(browser, '/api/companies', { id, name: 'My Own', slug }), 'the same request again').toMatchObject({ status: 200, json: { company: { id } } })
  expect(await post(browser, '/api/companies', { name: 'Another', slug })).toMatchObject({ status: 400, json: { fields: { slug: 'This short name is taken.' } } })
  expect((await browser.ask(`/api/companies/slug-free?slug=${slug}`)).json).toEqual({ free: false })
  const { rows } = await sql.query('select role, name, email from company_members where company_id = $1', [id])
  expect(rows).toEqual([{ role: 'owner', name: 'New Person', email }])
})

test('nobody but who has an invite makes an account where sign-up is off', async () => {
  expect((await closed.config()).signUp).toBe(false)
  const email = someEmail()
  expect(await signUp(closed, { email })).toMatchObject({ status: 403, json: { code: 'sign_up_closed' } })
  expect(await signUp(closed, { email, invite: 'a-token-that-nobody-has-ever-made' })).toMatchObject({ status: 410, json: { code: 'invite_ended' } })
  const token = await invite(closed)
  expect((await signUp(closed, { email, invite: token })).status).toBe(200)
  expect((await signIn(closed, email)).status).toBe(200)
  const { rows } = await sql.query('select role from company_members m join users u on u.id = m.user_id where m.company_id = $1 and u.email = $2', [company, email])
  expect(rows).toEqual([{ role: 'member' }])
  expect(await signUp(closed, { email: someEmail(), invite: token })).toMatchObject({ status: 410 })
})

test('with mail there is no account before its link is opened, and then once', async () => {
  const email = someEmail()
  expect(await signUp(mailing, { email })).toMatchObject({ status: 200, json: { confirm: true } })
  const link = await mailbox.linkTo(email)
  expect(link.href).toMatch(/^https:\/\/workspace\.example\.com\/confirm-email\?token=/)
  expect(await accounts(email)).toBe(0)
  expect((await signIn(mailing, email)).status).toBe(401)
  expect((await post(nobody(mailing), '/api/auth/confirm-email', { token: tokenIn(link) })).status).toBe(200)
  expect((await signIn(mailing, email)).status).toBe(200)
  expect(await post(nobody(mailing), '/api/auth/confirm-email', { token: tokenIn(link) })).toMatchObject({ status: 410, json: { code: 'link_ended' } })
})

test('an invite goes through the confirmation of an address, and its place with it', async () => {
  const email = someEmail()
  await signUp(mailing, { email, invite: await invite(mailing) })
  await post(nobody(mailing), '/api/auth/confirm-email', { token: tokenIn(await mailbox.linkTo(email)) })
  const { rows } = await sql.query('select role from company_members m join users u on u.id = m.user_id where u.email = $1', [email])
  expect(rows).toEqual([{ role: 'member' }])
})

test('an address that has an account gets the same answer, keeps its password, and is told by letter', async () => {
  const person = await makePerson(sql, 'taken')
  for (const app of [open, mailing]) {
    const [taken, free] = [await signUp(app, { email: person.email.toUpperCase() }), await signUp(app, { email: someEmail() })]
    expect([taken.status, taken.json]).toEqual([free.status, free.json])
  }
  expect(await accounts(person.email)).toBe(1)
  expect((await signIn(open, person.email)).status).toBe(401)
  expect((await mailbox.to(person.email))[0]?.subject).toBe('You have an account already')
})

test.each(['open', 'mailing'])('how long a sign-up takes does not tell whether the address has an account (%s)', async (kind) => {
  const app = kind === 'open' ? open : mailing
  const person = await makePerson(sql, 'timed')
  expect(await differenceInTime(5, [
    async () => {
      await sql.query(`delete from auth.attempts where key = 'account-letters:' || encode(sha256(convert_to(lower($1), 'UTF8')), 'hex')`, [person.email])
      return () => signUp(app, { email: person.email })
    },
    () => {
      const email = someEmail()
      return () => signUp(app, { email })
    },
  ])).toBeUndefined()
})

test('a password that is short, or is the e-mail address, is refused at its field', async () => {
  const email = someEmail()
  for (const password of ['short', '123456789', email, ` ${email.toUpperCase()} `]) {
    expect(await signUp(open, { email, password })).toMatchObject({ status: 400, json: { code: 'invalid_input', fields: { password: expect.any(String) } } })
  }
})

test.each([
  'no-at-sign', 'two@a.example,three@b.example', 'a b@example.com', 'x@example.com\r\nBcc: y@example.com', '<x@example.com>', `${'x'.repeat(320)}@example.com`, '',
])('%j is no address to make an account for or to send anything to', async (email) => {
  for (const app of [open, mailing]) {
    expect(await signUp(app, { email })).toMatchObject({ status: 400, json: { fields: { email: expect.any(String) } } })
    expect(await post(nobody(app), '/api/auth/reset-request', { email })).toMatchObject({ status: 400 })
  }
})

test('sign-ups from one address of the network, and letters to one address, are limited', async () => {
  const here = from()
  const flood = await Promise.all(Array.from({ length: 64 }, () => signUp(closed, { email: someEmail() }, here)))
  expect(flood.filter(({ status }) => status === 429)).toHaveLength(4)
  const email = someEmail()
  const letters = await Promise.all(Array.from({ length: 8 }, () => signUp(mailing, { email })))
  expect(letters.filter(({ status }) => status === 429)).toHaveLength(3)
  expect(Number(letters.find(({ status }) => status === 429)?.headers.get('retry-after'))).toBeGreaterThan(0)
})
