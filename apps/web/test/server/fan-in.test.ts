import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, onTestFinished, test } from 'vitest'
import type { LiveEntry } from '../../shared/protocol/sync'
import { staysTrue, until } from '../support/wait'
import { App, databaseWith } from './support/app'
import { Browser } from './support/browser'
import type { LineReader } from './support/line-reader'
import { admin, join, leave, makeCompany, makePerson, type Person } from './support/people'
import { Relay } from './support/relay'

// Two replicas as an operator runs them: nothing is shared but PostgreSQL and Electric. The check of every 10 s is on, and
// no test waits for it: what is told at once here is told by a notice.
const UNHURRIED = { LIVE_RECHECK_SECONDS: '10', LIVE_HOLD_SECONDS: '20' }
/** By which its connections are told from those of the servers of other files. */
const THERE = `a replica that stops hearing (${process.pid})`
const AT_ONCE = { deadline: 4_000, every: 20 }

let sql: pg.Pool
let relay: Relay
let here: App
let there: App
let person: Person
let company: string

beforeAll(async () => {
  sql = admin()
  relay = await Relay.start(inject('stack').electricUrl)
  ;[here, there] = await Promise.all([App.start({ ...UNHURRIED, ELECTRIC_URL: relay.url }), App.start({ ...UNHURRIED, DATABASE_URL: databaseWith({ application_name: THERE }) })])
})
afterAll(async () => {
  await Promise.all([here.stop(), there.stop()])
  await relay.stop()
  await sql.end()
})
beforeEach(async () => {
  person = await makePerson(sql, 'fan')
  company = await makeCompany(sql, await makePerson(sql, 'boss'))
  await join(sql, company, person, 'member')
})

let streams: LineReader[] = []
afterEach(async () => {
  for (const stream of streams) stream.leave()
  streams = []
  await until('nothing is held any more', () => relay.held.length === 0)
})

const entryOf = async (browser: Browser, shape: string, of?: string) => (await browser.follow(shape, of)).entry
async function open(browser: Browser, entries: LiveEntry[]): Promise<LineReader> {
  const stream = await browser.stream(entries)
  streams.push(stream)
  await until('the stream is open', () => stream.heartbeats.length > 0)
  return stream
}
const says = (text: string) => (batch: { body: unknown }) => JSON.stringify(batch.body).includes(text)

test('forty browsers of one company are one long poll a shape at Electric, and each is told', async () => {
  const browsers = await Promise.all(Array.from({ length: 40 }, async (_, n) => {
    const one = await makePerson(sql, `fan${n}`)
    await join(sql, company, one, 'member')
    return Browser.signedIn(here, one)
  }))
  const entries = await Promise.all(['folders', 'groups'].map(shape => entryOf(browsers[0] as Browser, shape, company)))
  const all = await Promise.all(browsers.map(browser => open(browser, entries)))
  await until('both shapes are held', () => relay.held.length === 2)
  for (const name of ['first', 'second', 'third']) {
    await sql.query('update folders set name = $1 where company_id = $2', [name, company])
    await Promise.all(all.map(stream => stream.batch(name, says(name))))
  }
  await staysTrue('one request a shape', () => relay.held.length <= 2, 300)
})

test('a browser that names places of its own invention does not get a request at Electric for each', async () => {
  const browser = await Browser.signedIn(here, person)
  const [entry] = await Promise.all([entryOf(browser, 'folders', company)])
  const good = await open(browser, [entry])
  await until('it is held', () => relay.held.length === 1)
  let most = 0
  const watching = setInterval(() => { most = Math.max(most, [...relay.open].filter(url => url.searchParams.get('table') === 'folders').length) }, 1)
  const leaving = new AbortController()
  // Far behind the end: Electric waits a while for such a place before it refuses it.
  const strays = Array.from({ length: 3 }, (_, n) => Browser.signedIn(here, person).then(other => Promise.allSettled(
    Array.from({ length: 4 }, (_, m) => other.live([{ ...entry, offset: `9999999${n}${m}_${n}` }], leaving.signal)))))
  await sql.query('update folders set name = $1 where company_id = $2', ['not held up', company])
  await good.batch('the change', says('not held up'))
  await Promise.all(strays)
  clearInterval(watching)
  expect(most).toBeLessThanOrEqual(5)
})

test('places that Electric takes long to refuse hold up nobody of another company', async () => {
  const browser = await Browser.signedIn(here, person)
  const entries = await Promise.all(['company', 'members', 'groups', 'group-members', 'workspaces', 'folders', 'leads'].map(shape => entryOf(browser, shape, company)))
  const theirs = await makeCompany(sql, await makePerson(sql, 'other'))
  const member = await makePerson(sql, 'member')
  await join(sql, theirs, member, 'member')
  const other = await Browser.signedIn(here, member)
  const stale = await entryOf(other, 'folders', theirs)
  await sql.query('update folders set name = $1 where company_id = $2', ['since then', theirs])

  relay.swallows = url => url.searchParams.get('params[1]') === company
  onTestFinished(() => { relay.swallows = undefined })
  const leaving = new AbortController()
  const strays = Array.from({ length: 4 }, (_, n) => browser.live(entries.map(entry => ({ ...entry, offset: `999999${n}_0` })), leaving.signal).catch(() => undefined))
  await until('Electric is asked for them', () => relay.open.size >= 3)
  const { lines, ms } = await other.live([stale])
  expect(lines).toMatchObject([{ shape: 'folders', status: 200 }])
  expect(ms).toBeLessThan(2_000)
  leaving.abort()
  await Promise.all(strays)
})

test('a person whose pages do not come to their end keeps nobody else from a first sync', async () => {
  const browser = await Browser.signedIn(here, person)
  const theirs = await makeCompany(sql, await makePerson(sql, 'other'))
  const member = await makePerson(sql, 'member')
  await join(sql, theirs, member, 'member')
  const other = await Browser.signedIn(here, member)

  relay.swallows = url => url.searchParams.get('params[1]') === company
  onTestFinished(() => { relay.swallows = undefined })
  const leaving = new AbortController()
  const pages = Array.from({ length: 70 }, () => browser.ask(`/api/shapes/folders?company=${company}&offset=-1`, { signal: leaving.signal }).catch(() => undefined))
  await until('Electric is asked for them', () => relay.open.size >= 8)
  const began = performance.now()
  expect((await other.shape('folders', { company: theirs, offset: '-1' })).status).toBe(200)
  expect(performance.now() - began).toBeLessThan(2_000)
  expect([...relay.open].filter(url => url.searchParams.get('params[1]') === company)).toHaveLength(8)
  leaving.abort()
  await Promise.all(pages)
  await until('none is asked for any more', () => relay.open.size === 0)
})

test('a session that is ended at one replica ends its stream at the other, long before anybody looks', async () => {
  const browser = await Browser.signedIn(there, person)
  const stream = await open(browser, [await entryOf(browser, 'folders', company)])
  await sql.query('delete from auth.sessions where user_id = $1', [person.id])
  await until('the stream is over', () => stream.ended, AT_ONCE)
  expect(stream.end).toMatchObject({ status: 401, body: { code: 'sign_in' } })
})

test('signing out at one replica ends a stream and a long poll of the same session at the other', async () => {
  const browser = await Browser.signedIn(here, person)
  const twin = new Browser(there)
  Object.assign(twin, { cookie: browser.cookie, userId: browser.userId })
  const entry = await entryOf(twin, 'folders', company)
  const stream = await open(twin, [entry])
  const poll = twin.live([entry])
  expect((await browser.post('/api/auth/sign-out', {})).status).toBeLessThan(300)
  await until('the stream is over', () => stream.ended, AT_ONCE)
  const answer = await poll
  expect(answer.status).toBe(401)
  expect(answer.ms).toBeLessThan(AT_ONCE.deadline)
})

test('a membership that ends, a role that narrows and a company that is deleted are told at once by every replica', async () => {
  for (const [what, act, code] of [
    ['role', () => sql.query(`update company_members set role = 'guest' where company_id = $1 and user_id = $2`, [company, person.id]), 'role_changed'],
    ['membership', () => leave(sql, company, person), 'membership_ended'],
  ] as const) {
    const browsers = await Promise.all([here, there].map(app => Browser.signedIn(app, person)))
    const all = await Promise.all(browsers.map(async browser => open(browser, [await entryOf(browser, 'leads', company)])))
    await act()
    for (const stream of all) await until(`${what} is told`, () => stream.batches.find(batch => batch.status === 403), AT_ONCE)
    expect(all.map(stream => stream.batches.at(-1)?.body)).toMatchObject([{ code }, { code }])
    if (what === 'role') await sql.query(`update company_members set role = 'member' where company_id = $1 and user_id = $2`, [company, person.id])
  }
  const owned = await makeCompany(sql, person)
  const browser = await Browser.signedIn(there, person)
  const stream = await open(browser, [await entryOf(browser, 'folders', owned)])
  await sql.query('update companies set deleted_at = now() where id = $1', [owned])
  await until('the company is told', () => stream.batches.find(batch => batch.status === 403), AT_ONCE)
})

test('a person\'s own rows are held by nobody at Electric, and still come at once at every replica', async () => {
  const browsers = await Promise.all([here, there].map(app => Browser.signedIn(app, person)))
  const all = await Promise.all(browsers.map(async browser => open(browser, await Promise.all(['user', 'memberships'].map(shape => entryOf(browser, shape))))))
  await staysTrue('nothing is held', () => relay.held.length === 0, 300)
  const second = await makeCompany(sql, await makePerson(sql, 'other'))
  await join(sql, second, person, 'guest')
  for (const stream of all) await until('the new membership', () => stream.batches.find(says(second)), AT_ONCE)
  await sql.query('update users set name = $1 where id = $2', ['Renamed at once', person.id])
  for (const stream of all) await until('the new name', () => stream.batches.find(batch => batch.shape === 'user' && says('Renamed at once')(batch)), AT_ONCE)
  // What was changed just before a browser came, it may have or not: it is asked for a while, ever less often (9 times
  // in 2 s for a shape).
  const asked = () => relay.seen.filter(url => url.searchParams.has('table')).length
  const before = asked()
  await staysTrue('Electric is asked seldom', () => asked() - before <= 20, 2_000)
})

test('what the client needs of a live answer is in each, also where Electric was not asked live', async () => {
  const browser = await Browser.signedIn(here, person)
  const own = await entryOf(browser, 'memberships')
  const stale = await entryOf(browser, 'folders', company)
  await sql.query('update folders set name = $1 where company_id = $2', ['since then', company])
  await until('Electric has it', async () => (await entryOf(browser, 'folders', company)).offset !== stale.offset)
  // At the end of the log somebody else waits: from elsewhere Electric is asked without holding.
  const other = await open(browser, [await entryOf(browser, 'folders', company)])
  await until('it is held', () => relay.held.length === 1)
  const [late] = (await browser.live([stale])).lines
  await join(sql, company, await makePerson(sql, 'more'), 'guest')
  await join(sql, await makeCompany(sql, await makePerson(sql, 'other')), person, 'guest')
  const [mine] = (await browser.live([own])).lines
  other.leave()
  for (const line of [late, mine]) {
    expect(line?.status).toBe(200)
    for (const name of ['electric-handle', 'electric-offset', 'electric-cursor', 'electric-up-to-date']) expect(Object.keys(line?.headers ?? {})).toContain(name)
    expect((line?.body as { headers: { control?: string } }[]).at(-1)?.headers.control).toBe('up-to-date')
  }
})

test('a change of a person\'s own row that Electric shows late is asked for until it is there', async () => {
  const browser = await Browser.signedIn(here, person)
  const stream = await open(browser, [await entryOf(browser, 'user')])
  relay.lags = url => url.searchParams.get('table') === 'users'
  await sql.query('update users set name = $1 where id = $2', ['Told late', person.id])
  await until('Electric was asked again and again', () => relay.lagged > 3, AT_ONCE)
  relay.lags = undefined
  await until('the name', () => stream.batches.find(says('Told late')), AT_ONCE)
})

test('when the connection that hears is lost, what happened meanwhile is told as soon as it hears again', async () => {
  const browser = await Browser.signedIn(there, person)
  const stream = await open(browser, [await entryOf(browser, 'folders', company)])
  const { rowCount } = await sql.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [THERE])
  expect(rowCount).toBeGreaterThan(0)
  await sql.query('delete from auth.sessions where user_id = $1', [person.id])
  await until('the stream is over', () => stream.ended, AT_ONCE)
})
