import { connect } from 'node:net'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import type { LiveEntry } from '../../shared/protocol/sync'
import { freePort } from '../support/child'
import { until } from '../support/wait'
import { App } from './support/app'
import { BareElectric, shape } from './support/bare-electric'
import { Browser } from './support/browser'
import { admin, join, makeCompany, makePerson, type Person } from './support/people'
import { Relay } from './support/relay'

// Each request here is for a shape of its own, so that each that the server holds is one long poll at the relay.
const SHAPES = ['company', 'members', 'groups', 'workspaces', 'folders', 'leads']
const PLACES = 4
const HELD = 'held'

let sql: pg.Pool
let relay: Relay
let app: App
let person: Person
let browser: Browser
let company: string
let entries: LiveEntry[]
let leaving: AbortController[]
/** What each request was answered with, where it was. */
let statuses: (number | undefined)[]

beforeAll(async () => {
  sql = admin()
  relay = await Relay.start(inject('stack').electricUrl)
  app = await App.start({ ELECTRIC_URL: relay.url, LIVE_HOLD_SECONDS: '20' })
})
afterAll(async () => {
  await app.stop()
  await relay.stop()
  await sql.end()
})
beforeEach(async () => {
  person = await makePerson(sql, 'holder')
  company = await makeCompany(sql, await makePerson(sql, 'boss'))
  await join(sql, company, person, 'member')
  browser = await Browser.signedIn(app, person)
  entries = await Promise.all(SHAPES.map(async shape => (await browser.follow(shape, company)).entry))
  leaving = []
  statuses = []
  return async () => {
    for (const one of leaving) one.abort()
    await until('nothing is held any more', () => relay.held.length === 0)
  }
})

/** Asks for one shape live. Out: the status of the answer, or that the request is held. */
async function hold(n: number, by = browser): Promise<number | typeof HELD> {
  const [from, one] = [relay.held.length, new AbortController()]
  leaving[n] = one
  statuses[n] = undefined
  by.live([entries[n] as LiveEntry], one.signal).then(({ status }) => statuses[n] = status, () => undefined)
  return until('the request is held or answered', () => statuses[n] ?? (relay.held.length > from ? HELD : undefined))
}

async function fill() {
  for (let n = 0; n < PLACES; n++) expect(await hold(n)).toBe(HELD)
}

test('a session that holds four live requests gets no fifth, is told when to come back, and its other requests go on', async () => {
  await fill()
  const answer = await browser.live([entries[4] as LiveEntry])
  expect(answer).toMatchObject({ status: 429, json: { code: 'too_many' } })
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await browser.follow('folders', company)).rows).toHaveLength(1)
  expect(relay.held).toHaveLength(PLACES)
})

test('another session of the same person has places of its own', async () => {
  await fill()
  expect(await hold(4, await Browser.signedIn(app, person))).toBe(HELD)
})

test('a browser that goes away leaves its place, as often as it does', { tags: [SOAK] }, async () => {
  await fill()
  for (let round = 0; round <= PLACES; round++) {
    leaving[0]?.abort()
    await until('its long poll is given up', () => relay.held.length < PLACES)
    expect(await hold(0)).toBe(HELD)
    expect(await hold(4)).toBe(429)
  }
})

test('four requests that a change answers leave their places', async () => {
  await fill()
  await sql.query(`with a as (update companies set name = 'x' where id = '${company}'), b as (update company_members set role = 'admin' where company_id = '${company}' and role = 'member'),
    c as (update user_groups set name = 'x' where company_id = '${company}') update workspaces set name = 'x' where company_id = '${company}'`)
  // At Electric they have ended a moment before the browser has its answer, and with it the place.
  await until('all are answered', () => statuses.slice(0, PLACES).every(status => status === 200))
  for (const n of [4, 5]) expect(await hold(n)).toBe(HELD)
})

test('requests that end by themselves when their time is over leave their places', async () => {
  const short = await App.start({ LIVE_HOLD_SECONDS: '1' })
  const hers = await Browser.signedIn(short, person)
  const round = async () => (await Promise.all(entries.slice(0, PLACES).map(entry => hers.live([entry])))).map(({ status }) => status)
  expect(await round()).toEqual([200, 200, 200, 200])
  expect(await round()).toEqual([200, 200, 200, 200])
  await short.stop()
})

test('requests that fail leave their places: refused as input, too long, refused by Electric', async () => {
  const away = await App.start({ ELECTRIC_URL: `http://127.0.0.1:${await freePort()}` })
  const hers = await Browser.signedIn(away, person)
  for (let round = 0; round <= PLACES; round++) {
    expect((await hers.post('/api/shapes/live', [])).status).toBe(400)
    expect((await hers.post('/api/shapes/live', 'x'.repeat(300_000))).status).toBe(413)
    expect((await hers.live([entries[0] as LiveEntry])).status).toBe(503)
  }
  await away.stop()
})

test('browsers that vanish while a long answer is on its way to them leave their places', { tags: [SOAK], timeout: 60_000 }, async () => {
  const electric = await BareElectric.start()
  // More than the connection takes by itself; it leaves the shape where it is, so it is sent when the time of the hold is over.
  electric.does((_, socket) => shape(socket, `["${'x'.repeat(15_000_000)}"]`))
  const stalled = await App.start({ ELECTRIC_URL: electric.url, LIVE_HOLD_SECONDS: '1' })
  const hers = await Browser.signedIn(stalled, person)
  const { host, hostname, port, origin } = new URL(stalled.origin)
  const body = JSON.stringify([{ shape: 'user', handle: 'h-1', offset: '0_0' }])
  const sockets = Array.from({ length: PLACES }, () => {
    const socket = connect(Number(port), hostname).on('error', () => undefined).pause()
    socket.write(`POST /api/shapes/live HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\ncookie: ${hers.cookie}\r\nx-database-user: ${person.id}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    return socket
  })
  const live = async () => (await hers.post('/api/shapes/live', [])).status
  await until('all places are taken', async () => await live() === 429)
  await until('they are left', async () => await live() === 400, { deadline: 40_000, every: 500 })
  for (const socket of sockets) socket.destroy()
  await stalled.stop()
  await electric.stop()
})
