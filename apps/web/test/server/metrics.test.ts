import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { folderCreate } from '../../shared/mutations/folder'
import { freePort } from '../support/child'
import { until } from '../support/wait'
import { App } from './support/app'
import { Browser } from './support/browser'
import { applied, mutate, newId } from './support/mutations'
import { admin, join, makeCompany, makePerson, type Person } from './support/people'
import { makeWorkspace } from './support/places'
import { startMeasured, type Scrape } from './support/scrape'

let sql: pg.Pool
let app: App
let url: string
let scrape: () => Promise<Scrape>
let person: Person
let browser: Browser
let company: string
let workspace: string

beforeAll(async () => {
  sql = admin()
  ;({ app, url, scrape } = await startMeasured())
})
beforeEach(async () => {
  person = await makePerson(sql, 'measured')
  company = await makeCompany(sql, person)
  workspace = await makeWorkspace(sql, company)
  browser = await Browser.signedIn(app, person)
})
afterAll(async () => {
  await app.stop()
  await sql.end()
})

const create = () => ({ id: newId(), workspace_id: workspace, parent_id: null, name: 'Counted' })
/** How much a metric has grown since. */
const grown = async (before: Scrape, name: string, labels: Record<string, string> = {}) => ((await scrape()).value(name, labels) ?? 0) - (before.value(name, labels) ?? 0)

test('the metrics are on a port of their own, on loopback, and on no address of the app', async () => {
  for (const path of ['/metrics', '/api/metrics', '/api/../metrics', '/_metrics']) expect((await browser.ask(path)).text, path).not.toContain('mvdb_')
  const { origin, port } = new URL(url)
  for (const path of ['/', '/api/health', '/metrics/']) expect((await fetch(origin + path)).status, path).toBe(404)
  expect((await fetch(url, { method: 'POST' })).status).toBe(404)
  const outside = Object.values(networkInterfaces()).flat().find(face => face && !face.internal && face.family === 'IPv4')
  if (outside) await expect(fetch(`http://${outside.address}:${port}/metrics`)).rejects.toThrow()
})

test('a port that is taken ends the start with one sentence', async () => {
  const child = App.launch({ PORT: String(await freePort()), METRICS_PORT: new URL(url).port })
  expect(await child.exited().then(() => 'ended well', () => 'failed')).toBe('failed')
  expect(child.output).toContain(`The metrics cannot be served on 127.0.0.1:${new URL(url).port} (EADDRINUSE), so the server does not go on: give it a free METRICS_PORT, or none.`)
})

test('a viewer, what they get, and how late it came after the commit are counted while it happens', async () => {
  const { entry } = await browser.follow('folders', company)
  const before = await scrape()
  const stream = await browser.stream([entry])
  await until('Electric is asked for the viewer', async () => ((await scrape()).value('mvdb_upstream_requests_in_flight', { asking: 'live' }) ?? 0) > 0)
  expect((await scrape()).value('mvdb_live_viewers')).toBe(1)
  // The news of a commit and the row itself come on two connections: of three, one at least is known before its row.
  for (const folder of [create(), create(), create()]) {
    await applied(browser, folderCreate, folder, { company })
    await stream.batch('the new folder', ({ body }) => JSON.stringify(body).includes(folder.id))
  }
  const lags = await grown(before, 'mvdb_sync_lag_seconds_count')
  expect(lags).toBeGreaterThanOrEqual(1)
  expect(lags).toBeLessThanOrEqual(3)
  const lag = await grown(before, 'mvdb_sync_lag_seconds_sum')
  expect(lag).toBeGreaterThan(0)
  expect(lag).toBeLessThan(lags * 20)
  expect(await grown(before, 'mvdb_shape_batches_total', { shape: 'folders', road: 'live' })).toBeGreaterThanOrEqual(1)
  expect(await grown(before, 'mvdb_shape_bytes_total', { shape: 'folders', road: 'live' })).toBeGreaterThan(100)
  stream.leave()
  await until('nobody is left', async () => (await scrape()).value('mvdb_live_viewers') === 0)
})

test('pages of shapes are counted with what came from Electric', async () => {
  const before = await scrape()
  const { text } = await browser.shape('company', { company, offset: '-1' })
  await until('it is counted', async () => await grown(before, 'mvdb_shape_batches_total', { shape: 'company', road: 'page' }) === 1)
  expect(await grown(before, 'mvdb_shape_bytes_total', { shape: 'company', road: 'page' })).toBeGreaterThan(text.length)
  expect(await grown(before, 'mvdb_upstream_requests_total', { asking: 'pages', outcome: 'answered' })).toBe(1)
  expect((await scrape()).value('mvdb_upstream_requests_in_flight', { asking: 'pages' })).toBe(0)
})

test('mutations are counted as applied or by the code of their refusal, with how long they took', async () => {
  const before = await scrape()
  const folder = create()
  await applied(browser, folderCreate, folder, { company })
  await mutate(browser, folderCreate, folder, { company })
  await mutate(browser, folderCreate, create(), { company: newId() })
  expect(await grown(before, 'mvdb_mutations_total', { outcome: 'applied' })).toBe(1)
  expect(await grown(before, 'mvdb_mutations_total', { outcome: 'invalid_input' })).toBe(1)
  expect(await grown(before, 'mvdb_mutations_total', { outcome: 'membership_ended' })).toBe(1)
  expect(await grown(before, 'mvdb_mutation_seconds_count')).toBe(3)
})

test('who may not is counted by the reason: at sign-in, at a page and within a stream', async () => {
  const guest = await makePerson(sql, 'guest')
  await join(sql, company, guest, 'guest')
  const theirs = await Browser.signedIn(app, guest)
  const { entry } = await browser.follow('members', company)
  const before = await scrape()
  await new Browser(app).post('/api/auth/sign-in', { email: guest.email, password: 'a wrong one' })
  await theirs.shape('leads', { company, offset: '-1' })
  await theirs.live([entry])
  await new Browser(app).shape('user', { offset: '-1' })
  expect(await grown(before, 'mvdb_authorisation_refusals_total', { reason: 'wrong_password' })).toBe(1)
  expect(await grown(before, 'mvdb_authorisation_refusals_total', { reason: 'role_changed' })).toBe(2)
  expect(await grown(before, 'mvdb_authorisation_refusals_total', { reason: 'sign_in' })).toBe(1)
})

test('Electric\'s slot and its WAL, the pool and the event loop are told, with no more rights than the app has', async () => {
  const now = await scrape()
  expect(now.value('mvdb_replication_slots')).toBeGreaterThanOrEqual(1)
  for (const name of ['lag_bytes', 'retained_bytes']) expect(now.value(`mvdb_replication_slot_${name}`), name).toBeGreaterThanOrEqual(0)
  expect(now.value('mvdb_replication_slot_active')).toBeGreaterThanOrEqual(1)
  expect(now.value('mvdb_replication_slot_lost')).toBe(0)
  expect(now.value('mvdb_dependency_up')).toBe(2)
  expect(now.value('mvdb_database_connections', { state: 'most' })).toBe(12)
  expect(now.value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0)
})

test('a sync service that is away is told, and its failed requests are counted as such', async () => {
  const alone = await startMeasured({ ELECTRIC_URL: `http://127.0.0.1:${await freePort()}` })
  await (await Browser.signedIn(alone.app, person)).shape('user', { offset: '-1' })
  const now = await alone.scrape()
  expect(now.value('mvdb_dependency_up', { dependency: 'sync' })).toBe(0)
  expect(now.value('mvdb_dependency_up', { dependency: 'database' })).toBe(1)
  expect(now.value('mvdb_upstream_requests_total', { outcome: 'unreachable' })).toBe(1)
  await alone.app.stop()
})

test('no label holds a person, a company or a path as it came', async () => {
  await browser.ask(`/api/companies/${company}/audit`)
  await browser.ask('/api/a-path-of-a-stranger')
  await browser.ask('/a-page-of-a-stranger')
  const { text, samples } = await scrape()
  expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}|a-path-of|a-page-of|@/)
  expect(samples.length).toBeLessThan(1_500)
})

const root = new URL('../../../../', import.meta.url)
const ours = (text: string) => new Set([...text.matchAll(/\b(?:mvdb|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name))

test.each(['ops/grafana-dashboard.json', 'ops/prometheus-alerts.yml'])('every metric that %s asks for is in a real scrape', async (file) => {
  const text = readFileSync(new URL(file, root), 'utf8')
  const now = await scrape()
  const unknown = [...ours(text)].filter(name => !now.names.has(name) && !now.names.has(name.replace(/_(?:bucket|sum|count)$/, '')))
  expect(unknown).toEqual([])
  expect(ours(text).size).toBeGreaterThan(10)
})
