import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { App } from './support/app'
import { Browser, type Answer } from './support/browser'
import { admin, makePerson, PASSWORD } from './support/people'

let sql: pg.Pool
let app: App

beforeAll(async () => {
  sql = admin()
  app = await App.start({ TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' })
})
afterAll(async () => {
  await app.stop()
  await sql.end()
})

const signIn = (email: string, password: string, headers: Record<string, string> = {}): Promise<Answer> =>
  new Browser(app).post('/api/auth/sign-in', { email, password }, { headers })
/** An address that no other test uses, as a proxy would name it: attempts are counted by address. */
const from = () => ({ 'x-forwarded-for': `203.0.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}` })

/** Uses up attempts of an address that one was just counted for: 50 are allowed, and each costs a hash. */
const exhaust = (address: string, points = 50) => sql.query(`update auth.attempts set points = $2 where key = 'sign-in-address:' || $1`, [address, points])

test('who signs in is told who they are, in any spelling of the e-mail address, and gets a cookie that scripts cannot read', async () => {
  const person = await makePerson(sql, 'Sina')
  const browser = new Browser(app)
  const answer = await browser.post('/api/auth/sign-in', { email: ` ${person.email.toUpperCase()} `, password: PASSWORD })
  expect(answer).toMatchObject({ status: 200, json: { user: { id: person.id, name: 'Sina', email: person.email } } })
  expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/)
  expect(await browser.ask('/api/auth/session')).toMatchObject({ status: 200, json: { user: { id: person.id } } })
  const { rows } = await sql.query('select last_login_at from users where id = $1', [person.id])
  expect(rows[0].last_login_at).toBeInstanceOf(Date)
})

test('a session that a sign-in replaces is ended: no browser holds its cookie any more', async () => {
  const [first, second] = [await makePerson(sql, 'first'), await makePerson(sql, 'second')]
  const browser = await Browser.signedIn(app, first)
  await browser.post('/api/auth/sign-in', { email: second.email, password: PASSWORD }, { headers: from() })
  expect(await browser.ask('/api/auth/session')).toMatchObject({ json: { user: { id: second.id } } })
  expect((await sql.query('select 1 from auth.sessions where user_id = $1', [first.id])).rowCount).toBe(0)
})

test('an e-mail address with a character that PostgreSQL cannot hold is refused as input, not logged as an accident', async () => {
  expect(await signIn('someone\u0000@example.com', PASSWORD, from())).toMatchObject({ status: 400, json: { code: 'invalid_input', fields: { email: expect.any(String) } } })
})

test('a wrong password and an unknown address get the same answer, and both cost the work of a hash', async () => {
  const person = await makePerson(sql, 'known')
  const timed = async (email: string) => {
    const began = performance.now()
    const { status, json } = await signIn(email, 'wrong', from())
    return { status, json, ms: performance.now() - began }
  }
  const middle = (all: Awaited<ReturnType<typeof timed>>[]) => ({ ...all[0], ms: all.map(({ ms }) => ms).toSorted((a, b) => a - b)[3] ?? 0 })
  await signIn('warm@example.com', 'up', from())
  // By turns: what else the machine does meanwhile is then on both sides.
  const rounds: [Awaited<ReturnType<typeof timed>>, Awaited<ReturnType<typeof timed>>][] = []
  for (let n = 0; n < 7; n++) rounds.push([await timed(person.email), await timed(`${randomUUID()}@example.com`)])
  const [known, unknown] = [middle(rounds.map(([one]) => one)), middle(rounds.map(([, other]) => other))]
  expect(unknown.json).toEqual(known.json)
  expect([known.status, unknown.status]).toEqual([401, 401])
  // Without the hash an unknown address would be answered about ten times faster.
  expect(unknown.ms).toBeGreaterThan(known.ms / 3)
  expect(unknown.ms).toBeLessThan(known.ms * 3)
})

test('someone who was made inactive cannot sign in', async () => {
  const person = await makePerson(sql, 'inactive')
  await sql.query('update users set is_active = false where id = $1', [person.id])
  expect(await signIn(person.email, PASSWORD)).toMatchObject({ status: 401, json: { code: 'wrong_password' } })
})

test('a signed-out session is over everywhere, for a copy of its cookie too', async () => {
  const browser = await Browser.signedIn(app, await makePerson(sql, 'leaver'))
  const stolen = browser.cookie
  expect((await browser.post('/api/auth/sign-out', {})).status).toBe(200)
  expect(browser.cookie).toBe('')
  browser.cookie = stolen
  expect(await browser.ask('/api/auth/session')).toMatchObject({ status: 401, json: { code: 'sign_in' } })
  expect((await browser.post('/api/auth/sign-out', {})).status).toBe(200)
})

test('a sign-out that comes late does not end the session of who signed in meanwhile', async () => {
  const browser = await Browser.signedIn(app, await makePerson(sql, 'second'))
  const [second, first] = [browser.userId, randomUUID()]
  browser.userId = first
  expect(await browser.post('/api/auth/sign-out', {})).toMatchObject({ status: 412, json: { code: 'wrong_user' } })
  expect((await browser.ask('/api/auth/session')).status).toBe(200)
  browser.userId = second.toUpperCase()
  expect((await browser.post('/api/auth/sign-out', {})).status).toBe(200)
  expect((await browser.ask('/api/auth/session')).status).toBe(401)
})

test('a session that has expired is over', async () => {
  const person = await makePerson(sql, 'late')
  const browser = await Browser.signedIn(app, person)
  await sql.query('update auth.sessions set expires_at = now() where user_id = $1', [person.id])
  expect((await browser.ask('/api/auth/session')).status).toBe(401)
})

test('a session that is used lives on', async () => {
  const person = await makePerson(sql, 'regular')
  const browser = await Browser.signedIn(app, person)
  await sql.query(`update auth.sessions set last_seen_at = now() - interval '1 hour', expires_at = now() + interval '1 day' where user_id = $1`, [person.id])
  await browser.ask('/api/auth/session')
  const { rows } = await sql.query(`select expires_at > now() + interval '29 days' as longer from auth.sessions where user_id = $1`, [person.id])
  expect(rows).toEqual([{ longer: true }])
})

test('who reads the table of sessions cannot sign in with it', async () => {
  const person = await makePerson(sql, 'victim')
  const browser = await Browser.signedIn(app, person)
  const { rows } = await sql.query('select token_hash from auth.sessions where user_id = $1', [person.id])
  expect(rows[0].token_hash).toMatch(/^[0-9a-f]{64}$/)
  const thief = new Browser(app)
  for (const cookie of [rows[0].token_hash, browser.cookie.slice(0, -4), 'Fe26.2**x*y*z']) {
    thief.cookie = `mvdb-session=${cookie}`
    const answer = await thief.ask('/api/auth/session')
    expect(answer.status).toBe(401)
    // A new cookie in this answer could replace that of a sign-in which is just being answered.
    expect(answer.headers.get('set-cookie')).toBeNull()
  }
})

test('guessing passwords of one person is stopped after ten, from however many addresses, and goes on in time', async () => {
  const person = await makePerson(sql, 'target')
  const answers = await Promise.all(Array.from({ length: 14 }, () => signIn(person.email, 'guess', from())))
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(10)
  const stopped = answers.filter(({ status }) => status === 429)
  expect(stopped).toHaveLength(4)
  expect(stopped[0]?.json).toMatchObject({ code: 'too_many_requests' })
  expect(Number(stopped[0]?.headers.get('retry-after'))).toBeGreaterThan(600)
  expect((await signIn(person.email, PASSWORD, from())).status).toBe(429)
  await sql.query(`update auth.attempts set expire = 1 where key = 'sign-in-email:' || encode(sha256(convert_to(lower($1), 'UTF8')), 'hex')`, [person.email])
  expect((await signIn(person.email, PASSWORD, from())).status).toBe(200)
})

test('trying many people from one address is stopped', async () => {
  const here = from()
  const guess = async () => (await signIn(`${randomUUID()}@example.com`, 'guess', here)).status
  expect(await guess()).toBe(401)
  expect((await exhaust(here['x-forwarded-for'], 49)).rowCount).toBe(1)
  expect([await guess(), await guess()]).toEqual([401, 429])
})

test('X-Forwarded-For is believed only as far as trusted proxies wrote it', async () => {
  const guess = async (forwarded: string) => (await signIn(`${randomUUID()}@example.com`, 'guess', { 'x-forwarded-for': forwarded })).status
  expect(await guess('192.0.2.1, 198.51.100.7, 10.1.2.3')).toBe(401)
  expect((await exhaust('198.51.100.7')).rowCount).toBe(1)
  expect(await guess('192.0.2.2, 198.51.100.7, 10.1.2.3')).toBe(429)
  expect(await guess('198.51.100.7, 198.51.100.8, 10.1.2.3')).toBe(401)
})

// Other files sign in from 127.0.0.1 meanwhile; only Linux has the rest of that network without being asked.
test.runIf(process.platform === 'linux')('without a trusted proxy, writing X-Forwarded-For does not make one another address', async () => {
  const bare = await App.start()
  const guess = (forwarded: string) => statusFrom('127.0.0.9', bare, { email: `${randomUUID()}@example.com`, password: 'guess' }, { 'x-forwarded-for': forwarded })
  expect(await guess('192.0.2.1')).toBe(401)
  expect((await exhaust('127.0.0.9')).rowCount).toBe(1)
  expect(await guess('192.0.2.2')).toBe(429)
  await bare.stop()
})

/** What a sign-in from an address of this machine is answered with. */
const statusFrom = (localAddress: string, { origin }: App, body: object, headers: Record<string, string>) => new Promise<number | undefined>((resolve, reject) => {
  request(`${origin}/api/auth/sign-in`, { method: 'POST', localAddress, headers: { origin, 'content-type': 'application/json', ...headers } }, (answer) => {
    answer.resume()
    resolve(answer.statusCode)
  }).on('error', reject).end(JSON.stringify(body))
})

test('good passwords do not use attempts up', async () => {
  const person = await makePerson(sql, 'busy')
  const here = from()
  for (let i = 0; i < 12; i++) expect((await signIn(person.email, PASSWORD, here)).status).toBe(200)
})

test.each([
  ['no body', undefined], ['not JSON', '{'], ['a list', '[]'], ['no password', '{"email":"a@b.c"}'], ['an empty e-mail', '{"email":" ","password":"x"}'],
  ['a number as password', '{"email":"a@b.c","password":1}'], ['a field too many', '{"email":"a@b.c","password":"x","role":"owner"}'],
  ['a password of 200,000 characters', JSON.stringify({ email: 'a@b.c', password: 'x'.repeat(200_000) })],
])('sign-in with %s is refused as input', async (_, body) => {
  const answer = await new Browser(app).ask('/api/auth/sign-in', { method: 'POST', body, headers: { 'origin': app.origin, 'content-type': 'application/json' } })
  expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_input' } })
})

const POSTS = ['/api/auth/sign-in', '/api/auth/sign-out', '/api/shapes/live', '/api/shapes/stream', '/api/nowhere']

test.each(POSTS)('POST %s from another origin is refused before anything else', async (path) => {
  const port = new URL(app.origin).port
  for (const origin of ['https://evil.example', `http://127.0.0.1.evil.example:${port}`, `http://127.0.0.1:${Number(port) + 1}`, 'null', '']) {
    const answer = await new Browser(app).ask(path, { method: 'POST', body: '{}', headers: { origin, 'content-type': 'application/json' } })
    expect([origin, answer.status, answer.json]).toMatchObject([origin, 403, { code: 'foreign_origin' }])
  }
})

test.each(POSTS)('POST %s that is not JSON is refused', async (path) => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=application/json', 'application/jsonp', '']) {
    const answer = await new Browser(app).ask(path, { method: 'POST', body: '{}', headers: { 'origin': app.origin, 'content-type': type } })
    expect([type, answer.status, answer.json]).toMatchObject([type, 415, { code: 'unsupported_media_type' }])
  }
})

test('behind PUBLIC_URL its origin is ours, and its cookies travel over TLS only', async () => {
  const person = await makePerson(sql, 'public')
  const behind = await App.start({ PUBLIC_URL: 'https://app.example.com/' })
  const answer = await new Browser(behind).post('/api/auth/sign-in', { email: person.email, password: PASSWORD }, { headers: { origin: 'https://app.example.com' } })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('set-cookie')).toContain('; Secure')
  await behind.stop()
})

test('the library\'s own session routes, which know nothing of our rows, are gone', async () => {
  const browser = await Browser.signedIn(app, await makePerson(sql, 'curious'))
  for (const method of ['GET', 'DELETE']) {
    const answer = await browser.ask('/api/_auth/session', { method, headers: { 'origin': app.origin, 'content-type': 'application/json' } })
    expect(answer).toMatchObject({ status: 404, json: { code: 'not_found' } })
  }
})
