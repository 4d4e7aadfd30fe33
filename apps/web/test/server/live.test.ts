import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import type { LiveEntry } from '../../shared/protocol/sync'
import { until } from '../support/wait'
import { App } from './support/app'
import { Browser } from './support/browser'
import { admin, join, leave, makeCompany, makePerson, type Person } from './support/people'
import { Relay } from './support/relay'

let sql: pg.Pool
let relay: Relay
let app: App
let person: Person
let browser: Browser
let company: string
let second: string | undefined

beforeAll(async () => {
  sql = admin()
  relay = await Relay.start(inject('stack').electricUrl)
  // Held for longer than any of these tests takes: what ends a request here is what the test does.
  app = await App.start({ ELECTRIC_URL: relay.url, LIVE_HOLD_SECONDS: '20' })
})
afterAll(async () => {
  await app.stop()
  await relay.stop()
  await sql.end()
})
beforeEach(async () => {
  person = await makePerson(sql, 'live')
  company = await makeCompany(sql, await makePerson(sql, 'boss'))
  await join(sql, company, person, 'member')
  second = undefined
  browser = await Browser.signedIn(app, person)
})

const COMPANY_SHAPES = ['company', 'members', 'groups', 'group-members', 'workspaces', 'folders', 'leads']
const entries = (shapes: string[]) => Promise.all(shapes.map(async shape => (await browser.follow(shape, company)).entry))
const rename = (table: string) => sql.query(`update ${table} set name = $1 where company_id = $2`, [randomUUID(), company])
/** Of this test's companies: what the one before let go is given up within a second, and not counted here. */
const ours = (urls: URL[]) => urls.filter(url => [company, second].includes(url.searchParams.get('params[1]') ?? ''))
const isHeld = (count: number) => until('the request is held', () => ours(relay.held).length === count)
/** Long before the hold of 20 s ends: it was the recheck that answered. */
const SOON_MS = 10_000
const nobodyWaits = () => until('nothing is held any more', () => ours(relay.held).length === 0)

test('a change is told once, under the name of its shape, and the other shapes stay held', async () => {
  const all = await entries(COMPANY_SHAPES)
  const answer = browser.live(all)
  await isHeld(all.length)
  await rename('folders')
  const { status, lines, headers } = await answer
  expect(status).toBe(200)
  expect(headers.get('cache-control')).toBe('private, no-store')
  expect(lines).toMatchObject([{ shape: 'folders', company, status: 200, offset: all[5]?.offset, handle: all[5]?.handle }])
  expect(lines[0]?.body).toMatchObject([{ headers: { operation: 'update' } }, { headers: { control: 'up-to-date' } }])

  // Asked again, the six others join the long polls that are still held upstream.
  const asked = relay.seen.length
  const next = browser.live(all.map(entry => entry.shape === 'folders' ? { ...entry, offset: lines[0]?.headers['electric-offset'] ?? '' } : entry))
  await isHeld(all.length)
  expect(relay.seen.length - asked).toBe(1)
  await rename('user_groups')
  expect((await next).lines).toMatchObject([{ shape: 'groups' }])
})

// Electric answers its two long polls one after the other, on a busy machine later than the few ms that the server waits:
// then the second shape comes with the next request, which must find it settled and not wait for another change.
test('one transaction over several shapes reaches all of them, in two answers at most', async () => {
  const both = await entries(['folders', 'workspaces'])
  const answer = browser.live(both)
  await isHeld(2)
  await sql.query(`with w as (update workspaces set name = 'both' where company_id = '${company}') update folders set name = 'both' where company_id = '${company}'`)
  const told = (await answer).lines.map(line => line.shape)
  const rest = both.filter(entry => !told.includes(entry.shape))
  const late = rest.length > 0 ? await browser.live(rest) : { lines: [], ms: 0 }
  expect([...told, ...late.lines.map(line => line.shape)].toSorted()).toEqual(['folders', 'workspaces'])
  expect(late.ms).toBeLessThan(SOON_MS)
})

test('equal live requests of two people share one upstream request, and each is told', async () => {
  const other = await makePerson(sql, 'other')
  await join(sql, company, other, 'admin')
  const theirs = await Browser.signedIn(app, other)
  const all = await entries(['folders'])
  const [one, two] = [browser.live(all), theirs.live(all)]
  await isHeld(1)
  const asked = relay.seen.length
  await rename('folders')
  expect((await one).lines).toEqual((await two).lines)
  expect(relay.seen.length - asked).toBe(0)
})

test('a session that ends while a request is held ends it with sign_in', async () => {
  const answer = browser.live(await entries(['folders']))
  await isHeld(1)
  await sql.query('delete from auth.sessions where user_id = $1', [person.id])
  expect(await answer).toMatchObject({ status: 401, json: { code: 'sign_in' } })
  expect((await answer).ms).toBeLessThan(SOON_MS)
})

test('a person who is made inactive gets nothing more', async () => {
  const answer = browser.live(await entries(['folders']))
  await isHeld(1)
  await sql.query('update users set is_active = false where id = $1', [person.id])
  expect(await answer).toMatchObject({ status: 401, json: { code: 'sign_in' } })
  expect((await answer).ms).toBeLessThan(SOON_MS)
})

test('a membership that ends while a request is held is told for its company, and another company goes on', async () => {
  second = await makeCompany(sql, person)
  const mine = (await browser.follow('folders', second)).entry
  const answer = browser.live([...await entries(['folders', 'leads']), mine])
  await isHeld(3)
  await leave(sql, company, person)
  const { status, lines, ms } = await answer
  expect(ms).toBeLessThan(SOON_MS)
  expect(status).toBe(200)
  expect(lines.map(line => [line.company, line.status, (line.body as { code: string }).code])).toEqual([
    [company, 403, 'membership_ended'], [company, 403, 'membership_ended'],
  ])
  const next = browser.live([mine])
  await isHeld(1)
  await sql.query('update folders set name = $1 where company_id = $2', [randomUUID(), second])
  expect((await next).lines).toMatchObject([{ company: second, status: 200 }])
})

test('a change that comes together with the end of the membership is not delivered', async () => {
  const answer = browser.live(await entries(['folders']))
  await isHeld(1)
  await sql.query(`with gone as (delete from company_members where company_id = '${company}' and user_id = '${person.id}') update folders set name = 'after the end' where company_id = '${company}'`)
  const { lines, text } = await answer
  expect(lines).toMatchObject([{ status: 403, body: { code: 'membership_ended', company } }])
  expect(text).not.toContain('after the end')
})

test('a role that changes while a request is held takes the shapes it no longer allows, and only those', async () => {
  const answer = browser.live(await entries(['folders', 'leads', 'members']))
  await isHeld(3)
  await sql.query('update company_members set role = $1 where company_id = $2 and user_id = $3', ['guest', company, person.id])
  const { lines } = await answer
  expect(new Map(lines.map(line => [line.shape, (line.body as { code?: string }).code]))).toEqual(new Map([['leads', 'role_changed'], ['members', 'role_changed']]))
})

test('what was asked upstream is given up when the browser leaves', async () => {
  const leaving = new AbortController()
  const answer = browser.live(await entries(COMPANY_SHAPES), leaving.signal)
  await isHeld(COMPANY_SHAPES.length)
  leaving.abort()
  await expect(answer).rejects.toThrow()
  await nobodyWaits()
  expect(ours(relay.left)).toHaveLength(COMPANY_SHAPES.length)
})

test('an entry of an unknown shape, a wrong company or a malformed offset does not spoil the others', async () => {
  const [good] = await entries(['folders']) as [LiveEntry]
  const { lines } = await browser.live([
    good,
    { ...good, shape: 'passwords' },
    { ...good, shape: 'user' },
    { ...good, shape: 'workspaces', offset: '1&secret=x' },
    { shape: 'leads', handle: good.handle, offset: good.offset },
  ])
  expect(lines.map(line => [line.shape, line.status])).toEqual([['passwords', 404], ['user', 400], ['workspaces', 400], ['leads', 400]])
})

test('a handle that Electric does not know gives must-refetch for that shape', async () => {
  const [entry] = await entries(['folders']) as [LiveEntry]
  const { lines } = await browser.live([{ ...entry, handle: '1-1' }])
  expect(lines).toMatchObject([{ status: 409, handle: '1-1', headers: { 'electric-handle': entry.handle }, body: [{ headers: { control: 'must-refetch' } }] }])
})

test('another person\'s database gets nothing, whoever is signed in', async () => {
  const all = await entries(['folders'])
  browser.userId = randomUUID()
  expect(await browser.live(all)).toMatchObject({ status: 412, json: { code: 'wrong_user' } })
})

test.each([
  ['not an array', { shape: 'folders' }],
  ['no entries', []],
  ['too many entries', Array.from({ length: 513 }, () => ({ shape: 'company', company: randomUUID(), handle: 'h', offset: '0_0' }))],
  ['one shape twice', Array.from({ length: 2 }, () => ({ shape: 'user', handle: 'h', offset: '0_0' }))],
  ['a field that is not of the protocol', [{ shape: 'user', handle: 'h', offset: '0_0', where: 'true' }]],
])('a live request that is %s is refused', async (_, body) => {
  expect(await browser.post('/api/shapes/live', body)).toMatchObject({ status: 400, json: { code: 'invalid_input' } })
})

test('a request in which nothing happens ends by itself, up to date', async () => {
  const short = await App.start({ LIVE_HOLD_SECONDS: '3' })
  const hers = await Browser.signedIn(short, person)
  const { entry } = await hers.follow('folders', company)
  const { status, lines, ms } = await hers.live([entry])
  expect(status).toBe(200)
  expect(ms).toBeGreaterThan(2_400)
  expect(lines).toMatchObject([{ shape: 'folders', status: 200, headers: { 'electric-offset': entry.offset }, body: [{ headers: { control: 'up-to-date' } }] }])
  await short.stop()
})

test('a server that is told to stop answers held requests and ends', async () => {
  const stopping = await App.start({ ELECTRIC_URL: relay.url, LIVE_HOLD_SECONDS: '20' })
  const hers = await Browser.signedIn(stopping, person)
  const answer = hers.live([(await hers.follow('folders', company)).entry])
  answer.catch(() => undefined)
  await isHeld(1)
  const [status] = await Promise.all([answer.then(answered => answered.status, () => 'broken off'), stopping.stop()])
  expect(status).toBe(200)
})
