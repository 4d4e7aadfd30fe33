import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { differenceInTime, from, nobody, post, someEmail, tokenIn } from './support/account'
import { App } from './support/app'
import { Browser } from './support/browser'
import { Mailbox } from './support/mailbox'
import { admin, makeCompany, makePerson, PASSWORD, type Person } from './support/people'

const PUBLIC = 'https://workspace.example.com'
const NEW = 'another password that people have'
let sql: pg.Pool
let app: App
let silent: App
let mailbox: Mailbox

beforeAll(async () => {
  sql = admin()
  mailbox = await Mailbox.start()
  app = await App.start({ TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: PUBLIC, MAIL_URL: mailbox.url, MAIL_FROM: 'app@example.com' })
  silent = await App.start({ TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: PUBLIC })
})
afterAll(async () => {
  await app.stop()
  await silent.stop()
  await mailbox.stop()
  await sql.end()
})

const ask = (email: string, at = app, headers = {}) => post(nobody(at), '/api/auth/reset-request', { email }, headers)
const reset = (token: string, password = NEW) => post(nobody(app), '/api/auth/reset', { token, password })
const signIn = async (person: { email: string }, password: string) => (await post(nobody(app), '/api/auth/sign-in', { email: person.email, password })).status
const status = async (browser: Browser) => (await browser.ask('/api/auth/session')).status
const resetLink = async (person: Person, count = 1) => {
  expect(await ask(person.email)).toMatchObject({ status: 200, json: {} })
  return mailbox.linkTo(person.email, count)
}

test('a reset link sets a password once, and every session of the person ends', async () => {
  const person = await makePerson(sql, 'forgetful')
  const elsewhere = await Browser.signedIn(app, person)
  const link = await resetLink(person)
  expect(link.href.startsWith(`${PUBLIC}/reset?token=`)).toBe(true)
  expect(await status(elsewhere), 'asking alone ends nothing').toBe(200)
  expect(await reset(tokenIn(link))).toMatchObject({ status: 200, json: {} })
  expect([await status(elsewhere), await signIn(person, PASSWORD), await signIn(person, NEW)]).toEqual([401, 401, 200])
  expect(await reset(tokenIn(link), `${NEW} again`)).toMatchObject({ status: 410, json: { code: 'link_ended' } })
})

test('of two who open a reset link at once, one sets the password', async () => {
  const person = await makePerson(sql, 'twice')
  const token = tokenIn(await resetLink(person))
  const answers = await Promise.all([reset(token), reset(token), reset(token)])
  expect(answers.map(answer => answer.status).toSorted()).toEqual([200, 410, 410])
})

test('a reset link that is too old opens nothing, nor does one from before the password was changed', async () => {
  const person = await makePerson(sql, 'slow')
  const old = tokenIn(await resetLink(person))
  await sql.query('update auth.links set expires_at = now() where user_id = $1', [person.id])
  expect((await reset(old)).status).toBe(410)
  const before = tokenIn(await resetLink(person, 2))
  const browser = await Browser.signedIn(app, person)
  expect((await post(browser, '/api/account/password', { current: PASSWORD, password: NEW })).status).toBe(200)
  expect((await reset(before)).status).toBe(410)
})

test('a refused password leaves the reset link as it was', async () => {
  const person = await makePerson(sql, 'picky')
  const token = tokenIn(await resetLink(person))
  for (const password of ['short', person.email]) expect(await reset(token, password)).toMatchObject({ status: 400, json: { fields: { password: expect.any(String) } } })
  expect((await reset(token)).status).toBe(200)
})

test('whoever was kept out by guesses comes in with the new password', async () => {
  const person = await makePerson(sql, 'guessed')
  for (let i = 0; i < 10; i++) await signIn(person, 'guess')
  expect(await signIn(person, PASSWORD)).toBe(429)
  expect((await reset(tokenIn(await resetLink(person)))).status).toBe(200)
  expect(await signIn(person, NEW)).toBe(200)
})

test('asking for a reset gets the same answer in the same time whether or not the address has an account', async () => {
  const people = await Promise.all(Array.from({ length: 90 }, () => makePerson(sql, 'known')))
  for (const at of [app, silent]) {
    const [known, unknown] = [await ask(people[0]?.email ?? '', at), await ask(someEmail(), at)]
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text])
  }
  let n = 0
  expect(await differenceInTime(30, [
    () => {
      const email = people[n++]?.email ?? ''
      return () => ask(email)
    },
    () => {
      const email = someEmail()
      return () => ask(email)
    },
  ])).toBeUndefined()
})

test('reset links are made of PUBLIC_URL, whatever host a request claims', async () => {
  const person = await makePerson(sql, 'poisoned')
  await ask(person.email, app, { 'host': 'evil.example', 'x-forwarded-host': 'evil.example', 'forwarded': 'host=evil.example', 'origin': PUBLIC })
  expect((await mailbox.linkTo(person.email)).origin).toBe(PUBLIC)
})

test('without mail nobody who asks gets a link made, nor sees one', async () => {
  const person = await makePerson(sql, 'mailless')
  expect(await ask(person.email, silent)).toMatchObject({ status: 200, text: '{}' })
  expect((await sql.query('select 1 from auth.links where user_id = $1', [person.id])).rowCount).toBe(0)
})

test('someone who was made inactive gets no link, and one from before opens nothing', async () => {
  const person = await makePerson(sql, 'gone')
  const token = tokenIn(await resetLink(person))
  await sql.query('update users set is_active = false where id = $1', [person.id])
  expect((await reset(token)).status).toBe(410)
})

test('an address changes when its own link is opened; other devices are signed out, and the old address is told', async () => {
  const person = await makePerson(sql, 'mover')
  const company = await makeCompany(sql, person)
  const [here, there] = [await Browser.signedIn(app, person), await Browser.signedIn(app, person)]
  const email = someEmail('moved')
  expect(await post(here, '/api/account/email', { email, password: 'not it' })).toMatchObject({ status: 400, json: { fields: { password: 'This is not your password.' } } })
  const pendingReset = tokenIn(await resetLink(person))
  expect(await post(here, '/api/account/email', { email, password: PASSWORD })).toMatchObject({ status: 200, json: { sent: true } })
  const link = await mailbox.linkTo(email)
  expect(await signIn(person, PASSWORD), 'nothing has changed yet').toBe(200)
  expect((await post(here, '/api/auth/confirm-email', { token: tokenIn(link) })).status).toBe(200)
  expect([await status(here), await status(there)]).toEqual([200, 401])
  expect([await signIn(person, PASSWORD), await signIn({ email }, PASSWORD)]).toEqual([401, 200])
  expect((await reset(pendingReset)).status, 'a link in the old mailbox').toBe(410)
  expect((await mailbox.to(person.email, 2)).map(letter => letter.subject)).toContain('Your e-mail address was changed')
  expect((await sql.query('select email from company_members where company_id = $1', [company])).rows).toEqual([{ email }])
  expect((await post(here, '/api/auth/confirm-email', { token: tokenIn(link) })).status).toBe(410)
})

test('asking for an address that belongs to somebody looks the same and changes nothing', async () => {
  const [person, other] = [await makePerson(sql, 'asker'), await makePerson(sql, 'holder')]
  for (const at of [app, silent]) {
    const browser = await Browser.signedIn(at, person)
    const [taken, free] = [
      await post(browser, '/api/account/email', { email: other.email, password: PASSWORD }),
      await post(browser, '/api/account/email', { email: someEmail(), password: PASSWORD }),
    ]
    expect([taken.status, taken.text]).toEqual([free.status, free.text])
  }
  expect(mailbox.letters.filter(letter => letter.to.includes(other.email))).toEqual([])
  expect((await sql.query('select email from users where id = $1', [person.id])).rows).toEqual([{ email: person.email }])
})

test.each(['with mail', 'without'])('how long it takes to ask for an address does not tell whether it belongs to somebody (%s)', { timeout: 90_000 }, async (kind) => {
  const at = kind === 'with mail' ? app : silent
  const holders = await Promise.all(Array.from({ length: 9 }, () => makePerson(sql, 'holder')))
  const browser = await Browser.signedIn(at, await makePerson(sql, 'timed'))
  const wish = (email: string) => () => post(browser, '/api/account/email', { email, password: PASSWORD })
  // The letter to the free address before is out: what is done for it after its answer must not slow the next one.
  const quiet = async () => {
    if (before && at === app) await mailbox.to(before)
  }
  let [n, before] = [0, '']
  expect(await differenceInTime(holders.length, [
    async () => {
      await quiet()
      return wish(holders[n++ % holders.length]?.email ?? '')
    },
    () => {
      before = someEmail()
      return wish(before)
    },
  ]), 'an address of somebody against a free one').toBeUndefined()
  expect((await wish(someEmail())()).status, 'none of them was kept out by a limit').toBe(200)
})

test('guesses at the password of a stolen session are counted with those of the sign-in', async () => {
  const person = await makePerson(sql, 'stolen')
  const thief = await Browser.signedIn(app, person)
  for (let i = 0; i < 10; i++) expect((await post(thief, '/api/account/password', { current: `guess ${i}`, password: NEW })).status).toBe(400)
  expect((await post(thief, '/api/account/password', { current: PASSWORD, password: NEW })).status).toBe(429)
  expect(await signIn(person, PASSWORD)).toBe(429)
})

test('a person sees where they are signed in, ends one of them, and all others', async () => {
  const person = await makePerson(sql, 'wanderer')
  const [here, there, lost] = [await Browser.signedIn(app, person), await Browser.signedIn(app, person), await Browser.signedIn(app, person)]
  const list = async () => ((await here.ask('/api/account/sessions')).json as { sessions: { id: string, current: boolean, user_agent: string }[] }).sessions
  const before = await list()
  expect(before.map(session => session.current).toSorted()).toEqual([false, false, true])
  const other = before.find(session => !session.current)
  expect((await post(here, '/api/account/sessions/end', { id: other?.id })).status).toBe(200)
  expect((await Promise.all([there, lost].map(status))).toSorted()).toEqual([200, 401])
  expect((await post(here, '/api/account/sessions/end', { others: true })).status).toBe(200)
  expect(await Promise.all([here, there, lost].map(status))).toEqual([200, 401, 401])
  const stranger = await Browser.signedIn(app, await makePerson(sql, 'stranger'))
  expect(await post(stranger, '/api/account/sessions/end', { id: before.find(session => session.current)?.id })).toMatchObject({ status: 404 })
  expect(await status(here)).toBe(200)
})

test('no letter carries a password, and no table a token', async () => {
  expect(mailbox.letters.length).toBeGreaterThan(10)
  for (const letter of mailbox.letters) expect(letter.text).not.toContain(PASSWORD)
  const { rows } = await sql.query('select l::text as row from auth.links l union all select s::text from auth.sign_ups s')
  const tokens = mailbox.letters.flatMap(letter => /token=([\w-]+)/.exec(letter.text)?.[1] ?? [])
  expect(tokens.some(token => rows.some(({ row }) => row.includes(token)))).toBe(false)
})

test('a page that still shows another person does nothing in the name of whoever signed in last', async () => {
  const [person, other] = [await makePerson(sql, 'before'), await makePerson(sql, 'after')]
  const browser = await Browser.signedIn(app, person)
  browser.userId = other.id
  expect(await post(browser, '/api/account/sessions/end', { others: true }, from())).toMatchObject({ status: 412, json: { code: 'wrong_user' } })
})
