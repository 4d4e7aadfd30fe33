import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, onTestFinished, test } from 'vitest'
import type { LiveEntry } from '../../shared/protocol/sync'
import { until } from '../support/wait'
import { App } from './support/app'
import { Browser } from './support/browser'
import type { LineReader } from './support/line-reader'
import { admin, join, leave, makeCompany, makePerson, type Person } from './support/people'
import { Relay } from './support/relay'

let sql: pg.Pool
let relay: Relay
let app: App
let person: Person
let browser: Browser
let company: string

beforeAll(async () => {
  sql = admin()
  relay = await Relay.start(inject('stack').electricUrl)
  app = await App.start({ ELECTRIC_URL: relay.url })
})
afterAll(async () => {
  await app.stop()
  await relay.stop()
  await sql.end()
})
beforeEach(async () => {
  person = await makePerson(sql, 'stream')
  company = await makeCompany(sql, await makePerson(sql, 'boss'))
  await join(sql, company, person, 'member')
  browser = await Browser.signedIn(app, person)
})

const COMPANY_SHAPES = ['company', 'members', 'groups', 'group-members', 'workspaces', 'folders', 'leads']
const entries = (shapes: string[]) => Promise.all(shapes.map(async shape => (await browser.follow(shape, company)).entry))
const rename = (table: string, to: string = randomUUID(), of = company) => sql.query(`update ${table} set name = $1 where company_id = $2`, [to, of])
const isHeld = (count: number) => until('the shapes are held', () => relay.held.length === count)

/** Those of the test that runs. */
let streams: LineReader[] = []
afterEach(async () => {
  for (const stream of streams) stream.leave()
  streams = []
  await until('nothing is held any more', () => relay.held.length === 0)
})

async function open(all: LiveEntry[], by = browser, headers: Record<string, string> = {}) {
  const stream = await by.stream(all, headers)
  streams.push(stream)
  return stream
}

async function openAndHold(all: LiveEntry[], by = browser) {
  const stream = await open(all, by)
  await isHeld(all.length)
  return stream
}

test('change after change comes over one request, each with the offset that the one before it ended with', async () => {
  const all = await entries(COMPANY_SHAPES)
  const stream = await openAndHold(all)
  for (const name of ['one', 'two', 'three']) {
    await rename('folders', name)
    await stream.batch(`"${name}"`, batch => JSON.stringify(batch.body).includes(`"${name}"`))
  }
  await rename('user_groups', 'four')
  await stream.batch('"four"', batch => batch.shape === 'groups')
  const folders = stream.batches.filter(batch => batch.shape === 'folders')
  let offset = all.find(entry => entry.shape === 'folders')?.offset
  for (const batch of folders) {
    expect([batch.status, batch.offset]).toEqual([200, offset])
    offset = batch.headers['electric-offset']
  }
  expect(new Set(stream.batches.filter(batch => batch.body instanceof Array && batch.body.length > 1).map(batch => batch.shape))).toEqual(new Set(['folders', 'groups']))
  // The others were asked for once.
  expect(relay.held).toHaveLength(all.length)
})

test('it says that nothing may keep or hold it, and each line is readable when it comes, compressed or not', async () => {
  for (const encoding of ['gzip', 'identity']) {
    const stream = await open(await entries(['folders']), browser, { 'accept-encoding': encoding })
    expect(stream.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null)
    expect(stream.headers.get('cache-control')).toContain('no-store')
    expect(stream.headers.get('x-accel-buffering')).toBe('no')
    await until('a first line', () => stream.heartbeats.length > 0, { deadline: 2_000 })
    await rename('folders', encoding)
    await stream.batch('the change', batch => JSON.stringify(batch.body).includes(encoding))
  }
})

test('equal shapes of two people are one long poll upstream, and both are told', async () => {
  const other = await makePerson(sql, 'other')
  await join(sql, company, other, 'admin')
  const theirs = await Browser.signedIn(app, other)
  const all = await entries(['folders', 'leads'])
  const both = [await openAndHold(all), await open(all, theirs)]
  await until('both are there', () => both.every(stream => stream.heartbeats.length > 0))
  const asked = relay.seen.length
  await rename('folders', 'for both')
  for (const stream of both) await stream.batch('the change', batch => JSON.stringify(batch.body).includes('for both'))
  await isHeld(2)
  expect(relay.seen.length - asked).toBe(1)
})

test('a session that ends is told as the end of all, and nothing comes after it', async () => {
  const stream = await openAndHold(await entries(['folders', 'leads']))
  await sql.query('delete from auth.sessions where user_id = $1', [person.id])
  await until('the stream is over', () => stream.ended)
  expect(stream.end).toMatchObject({ status: 401, body: { code: 'sign_in' } })
})

test('a membership that ends is told for its company, a change beside it is not, and another company goes on', async () => {
  const second = await makeCompany(sql, person)
  const mine = (await browser.follow('folders', second)).entry
  const stream = await openAndHold([...await entries(['folders', 'leads']), mine])
  await sql.query(`with gone as (delete from company_members where company_id = '${company}' and user_id = '${person.id}') update folders set name = 'after the end' where company_id = '${company}'`)
  await until('both shapes are told', () => stream.batches.filter(batch => batch.status === 403).length === 2)
  expect(stream.batches.filter(batch => batch.status === 403)).toMatchObject([
    { shape: 'folders', company, body: { code: 'membership_ended', company } }, { shape: 'leads', company, body: { code: 'membership_ended', company } },
  ])
  await rename('folders', 'still mine', second)
  await stream.batch('the other company', batch => batch.company === second && JSON.stringify(batch.body).includes('still mine'))
  expect(stream.text).not.toContain('after the end')
  await isHeld(1)
})

test('a membership that ends with no change beside it is told soon, and a role takes only what it no longer allows', async () => {
  const stream = await openAndHold(await entries(['folders', 'leads', 'members']))
  await sql.query('update company_members set role = $1 where company_id = $2 and user_id = $3', ['guest', company, person.id])
  await until('two shapes are told', () => stream.batches.filter(batch => batch.status === 403).length === 2)
  expect(new Set(stream.batches.filter(batch => batch.status === 403).map(batch => batch.shape))).toEqual(new Set(['leads', 'members']))
  await leave(sql, company, person)
  await until('the stream is over with its last shape', () => stream.ended)
  expect(stream.batches.at(-1)).toMatchObject({ shape: 'folders', status: 403, body: { code: 'membership_ended' } })
})

test('an unknown shape, a malformed offset and an unknown handle are told by lines of their own, and the others go on', async () => {
  const [good, other] = await entries(['folders', 'workspaces']) as [LiveEntry, LiveEntry]
  const stream = await open([good, { ...good, shape: 'passwords' }, { ...good, shape: 'user' }, { ...other, offset: '1&secret=x' }, { ...good, shape: 'leads', handle: '1-1' }])
  await until('four lines', () => stream.batches.length === 4)
  expect(new Map(stream.batches.map(batch => [batch.shape, batch.status]))).toEqual(new Map([['passwords', 404], ['user', 400], ['workspaces', 400], ['leads', 409]]))
  await rename('folders', 'good')
  await stream.batch('the good one', batch => batch.shape === 'folders')
})

test('a shape that Electric fails for is told so, holds up no other, and comes by itself when Electric is well again', async () => {
  const all = await entries(['folders', 'leads'])
  relay.refuse = url => url.searchParams.get('table') === 'leads'
  onTestFinished(() => { relay.refuse = undefined })
  const stream = await open(all)
  const failed = await stream.batch('the failure', batch => batch.status === 503)
  expect(failed).toMatchObject({ shape: 'leads', body: { code: 'sync_unavailable' } })
  await rename('folders', 'beside it')
  await stream.batch('the other shape', batch => batch.shape === 'folders' && JSON.stringify(batch.body).includes('beside it'))
  relay.refuse = undefined
  await sql.query('update leads set message = \'well again\' where company_id = $1', [company])
  await stream.batch('the shape itself', batch => batch.shape === 'leads' && JSON.stringify(batch.body).includes('well again'))
})

test('a session that has four streams gets no fifth, and each that it leaves is a place again', async () => {
  const all = await entries(['folders'])
  const asked = async () => {
    const { status } = await browser.post('/api/shapes/stream', [])
    return status
  }
  for (let n = 0; n < 4; n++) expect((await open(all)).status).toBe(200)
  for (let round = 0; round < 5; round++) {
    expect(await asked()).toBe(429)
    streams.shift()?.leave()
    // With a place it is looked at, and refused for what it is.
    await until('a place is free', async () => await asked() === 400)
    expect((await open(all)).status).toBe(200)
  }
})

test('who is not signed in, or not the one whose database asks, gets an answer and no stream', async () => {
  const all = await entries(['folders'])
  const nobody = new Browser(app)
  nobody.userId = person.id
  expect(await nobody.post('/api/shapes/stream', all)).toMatchObject({ status: 401, json: { code: 'sign_in' } })
  browser.userId = randomUUID()
  expect(await browser.post('/api/shapes/stream', all)).toMatchObject({ status: 412, json: { code: 'wrong_user' } })
})

test('a server that is told to stop ends its streams', async () => {
  const stopping = await App.start()
  const hers = await Browser.signedIn(stopping, person)
  const stream = await hers.stream(await entries(['folders']))
  streams.push(stream)
  await until('a first line', () => stream.lines.length > 0)
  const began = performance.now()
  await stopping.stop()
  await until('it has ended', () => stream.ended)
  expect(performance.now() - began).toBeLessThan(5_000)
})

test('seventy shapes that are live keep no other request of the browser waiting', async () => {
  const companies = await Promise.all(Array.from({ length: 10 }, () => makeCompany(sql, person)))
  const all = (await Promise.all(companies.flatMap(one => COMPANY_SHAPES.map(async shape => (await browser.follow(shape, one)).entry))))
  await openAndHold(all)
  const times: number[] = []
  for (let n = 0; n < 20; n++) {
    const began = performance.now()
    expect((await browser.ask('/api/auth/session')).status).toBe(200)
    times.push(performance.now() - began)
  }
  // The median: single answers of a busy machine take longer, what waits for sync takes seconds.
  expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(200)
}, 60_000)
