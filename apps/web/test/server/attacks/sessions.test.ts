import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { differenceInTime, from, nobody, post, said, someEmail, tokenIn } from '../support/account'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { admin, join, leave, makeCompany, makePerson, PASSWORD } from '../support/people'

const PUBLIC = { TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: 'https://app.example.com' }
let sql: pg.Pool
let replicas: [App, App]
beforeAll(async () => {
  sql = admin()
  replicas = await Promise.all([App.start(PUBLIC), App.start(PUBLIC)])
})
afterAll(async () => {
  await Promise.all(replicas.map(app => app.stop()))
  await sql.end()
})

const sessionOf = async (browser: Browser) => (await browser.ask('/api/auth/session')).status
const signIn = (at: App, email: string, password: string, headers = from()) => post(nobody(at), '/api/auth/sign-in', { email, password }, headers)

// A cookie that someone laid into the victim's browser beforehand.
test.each(['their own', 'an invented', 'an old'])('%s session that was there before a sign-in is not the one after it', async (kind) => {
  const [attacker, victim] = [await makePerson(sql, 'attacker'), await makePerson(sql, 'victim')]
  const laid = await Browser.signedIn(replicas[0], attacker)
  const planted = kind === 'an invented' ? `mvdb-session=Fe26.2**${randomBytes(40).toString('hex')}` : laid.cookie
  if (kind === 'an old') await laid.post('/api/auth/sign-out', {})
  const browser = new Browser(replicas[0])
  browser.cookie = planted
  expect((await post(browser, '/api/auth/sign-in', { email: victim.email, password: PASSWORD })).status).toBe(200)
  expect(browser.cookie).not.toBe(planted)
  const thief = new Browser(replicas[1])
  thief.cookie = planted
  expect(await sessionOf(thief)).toBe(401)
})

test('two sign-ins of one person have nothing in common, and a new password ends all but the one that sets it', async () => {
  const person = await makePerson(sql, 'twice')
  const [one, other] = [await Browser.signedIn(replicas[0], person), await Browser.signedIn(replicas[1], person)]
  expect(one.cookie).not.toBe(other.cookie)
  expect((await post(one, '/api/account/password', { current: PASSWORD, password: 'another one that is long' })).status).toBe(200)
  expect([await sessionOf(one), await sessionOf(other)]).toEqual([200, 401])
})

test('guesses count together, whichever replica they are made at', async () => {
  const person = await makePerson(sql, 'guessed')
  const answers = await Promise.all(Array.from({ length: 14 }, (_, n) => signIn(replicas[n % 2 as 0 | 1], person.email, 'a guess')))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array<number>(10).fill(401), ...Array<number>(4).fill(429)])
  for (const app of replicas) expect((await signIn(app, person.email, PASSWORD)).status, 'the right one is not told apart').toBe(429)
})

test('an address that guesses many people is stopped at every replica', async () => {
  const here = from()
  const answers = await Promise.all(Array.from({ length: 54 }, (_, n) => signIn(replicas[n % 2 as 0 | 1], someEmail(), 'a guess', here)))
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(4)
})

test('invites are not guessed: an address that tries tokens is stopped at every replica', async () => {
  const here = from()
  const look = async (n: number) => (await new Browser(replicas[n % 2 as 0 | 1]).ask(`/api/invites?token=${randomBytes(32).toString('base64url')}`, { headers: here })).status
  const statuses = await Promise.all(Array.from({ length: 64 }, (_, n) => look(n)))
  expect([statuses.filter(status => status === 410).length, statuses.filter(status => status === 429).length]).toEqual([60, 4])
})

test('how long a sign-in takes does not tell whether an address has an account, nor whether it may still sign in', { timeout: 90_000 }, async () => {
  const [known, gone] = [await Promise.all(Array.from({ length: 12 }, () => makePerson(sql, 'known'))), await makePerson(sql, 'gone')]
  await sql.query('update users set is_active = false where id = $1', [gone.id])
  let n = 0
  const guess = (email: string) => () => signIn(replicas[0], email, 'a guess')
  await guess(someEmail())()
  expect(await differenceInTime(9, [() => guess(known[n++ % known.length]?.email ?? ''), () => guess(someEmail())])).toBeUndefined()
  expect(await signIn(replicas[0], gone.email, PASSWORD)).toMatchObject({ status: 401, json: { code: 'wrong_password' } })
})

test('looking at an invite tells nothing of one that has ended: same answer and same time as for one that never was', { timeout: 90_000 }, async () => {
  const owner = await makePerson(sql, 'owner')
  const company = await makeCompany(sql, owner)
  const browser = await Browser.signedIn(replicas[0], owner)
  const made = await post(browser, `/api/companies/${company}/invites`, { role: 'guest' }, { origin: PUBLIC.PUBLIC_URL })
  const ended = tokenIn(said(made, 'link'))
  await post(browser, `/api/companies/${company}/invites/revoke`, { id: said(made, 'id') }, { origin: PUBLIC.PUBLIC_URL })
  const look = (token: string) => () => new Browser(replicas[0]).ask(`/api/invites?token=${token}`, { headers: from() })
  const never = () => randomBytes(32).toString('base64url')
  const [one, other] = [await look(ended)(), await look(never())()]
  expect([one.status, one.text]).toEqual([other.status, other.text])
  expect(await differenceInTime(15, [() => look(ended), () => look(never())])).toBeUndefined()
})

test('inviting an address takes no longer, and says nothing else, where it has an account', { timeout: 90_000 }, async () => {
  const owner = await makePerson(sql, 'owner')
  const company = await makeCompany(sql, owner)
  const browser = await Browser.signedIn(replicas[0], owner)
  const people = await Promise.all(Array.from({ length: 27 }, () => makePerson(sql, 'known')))
  const invite = (email: string) => () => post(browser, `/api/companies/${company}/invites`, { role: 'guest', email }, { origin: PUBLIC.PUBLIC_URL })
  let n = 0
  const [one, other] = [await invite(people[n++]?.email ?? '')(), await invite(someEmail())()]
  expect([one.status, Object.keys(one.json as object)]).toEqual([other.status, Object.keys(other.json as object)])
  expect(await differenceInTime(8, [() => invite(people[n++ % people.length]?.email ?? ''), () => invite(someEmail())])).toBeUndefined()
})

test('who has left a company hears of it what a stranger hears', async () => {
  const [owner, former, stranger] = [await makePerson(sql, 'owner'), await makePerson(sql, 'former'), await makePerson(sql, 'stranger')]
  const company = await makeCompany(sql, owner)
  await join(sql, company, former, 'admin')
  const [left, never] = [await Browser.signedIn(replicas[0], former), await Browser.signedIn(replicas[0], stranger)]
  await leave(sql, company, former)
  for (const path of [`/api/shapes/folders?company=${company}&offset=-1`, `/api/companies/${company}/invites`, `/api/companies/${company}/audit`, `/api/companies/${company}/deletions`, `/api/companies/${company}/history?folder=${company}`, `/api/reads/members?params=["${company}"]`]) {
    const [one, other] = [await left.ask(path), await never.ask(path)]
    expect([path, one.status, one.text]).toEqual([path, other.status, other.text])
    expect(one.status).toBe(403)
  }
})
