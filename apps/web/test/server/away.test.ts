import pg from 'pg'
import { afterEach, expect, inject, test } from 'vitest'
import { Child, freePort } from '../support/child'
import { until } from '../support/wait'
import { App } from './support/app'
import { Browser } from './support/browser'
import { makeDatabase, type Database } from './support/databases'
import { makePerson } from './support/people'
import { Wire } from './support/wire'

const { electricUrl, server } = inject('stack')
const MIGRATION_LOCK = 7_211_204

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})
async function database(): Promise<Database> {
  const made = await makeDatabase()
  undo.push(() => made.drop())
  return made
}
async function wire(): Promise<Wire> {
  const made = await Wire.cut()
  undo.push(() => made.cutOff())
  return made
}

/** An answer that nobody reads to its end would keep the server from stopping. */
async function statusOf(url: string): Promise<number | undefined> {
  const answer = await fetch(url).catch(() => undefined)
  await answer?.body?.cancel()
  return answer?.status
}

/** A server that may have to wait for what it needs. */
async function launch(env: Record<string, string>): Promise<{ origin: string, child: Child }> {
  const port = await freePort()
  const child = App.launch({ PORT: String(port), ...env })
  undo.push(() => child.end('SIGTERM'))
  const origin = `http://127.0.0.1:${port}`
  await child.ready('it listens', async () => await statusOf(origin) === 200)
  return { origin, child }
}
const isServed = ({ origin, child }: { origin: string, child: Child }) => child.ready('the API is open', async () => await statusOf(`${origin}/api/config`) === 200)

const REQUESTS: [string, string][] = [
  ['GET', '/api/config'], ['GET', '/api/auth/session'], ['POST', '/api/auth/sign-in'], ['POST', '/api/mutations'], ['GET', '/api/shapes/user?offset=-1'],
  ['POST', '/api/shapes/stream'], ['GET', '/api/reads/companies'], ['GET', '/api/nothing'],
]

async function expectClosed(origin: string): Promise<void> {
  for (const [method, path] of REQUESTS) {
    const answer = await fetch(`${origin}${path}`, { method, ...method === 'POST' ? { body: '{}', headers: { origin, 'content-type': 'application/json' } } : {} })
    expect([path, answer.status, answer.headers.get('retry-after'), answer.headers.get('cache-control')]).toEqual([path, 503, '5', 'private, no-store'])
    expect(await answer.json()).toMatchObject({ code: 'database_unavailable' })
  }
  expect(await statusOf(`${origin}/api/ready`), 'whoever sends people here is told').toBe(503)
  expect(await statusOf(`${origin}/api/health`), 'and nobody starts it anew for that').toBe(200)
  for (const path of ['/', '/sign-in', '/sw.js', '/workers/pglite.bundle.js']) expect(await statusOf(`${origin}${path}`), path).toBe(200)
}

test('with PostgreSQL away the shell is served and the API waits; when it is there it is migrated, and people sign in without a restart', { timeout: 60_000 }, async () => {
  const fresh = await database()
  const road = await wire()
  const app = await launch({ DATABASE_URL: road.through(fresh.appUrl), DATABASE_MIGRATION_URL: road.through(fresh.ownerUrl) })
  await expectClosed(app.origin)
  expect(app.child.output.trim().split('\n'), 'said once, however often it is tried').toContain(`PostgreSQL cannot be reached at 127.0.0.1:${road.port}${new URL(fresh.appUrl).pathname}: start it, or correct DATABASE_URL.`)
  expect(app.child.output).not.toContain(new URL(fresh.ownerUrl).password)

  // Electric may come first, PostgreSQL with it.
  await road.join(fresh.appUrl)
  await isServed(app)
  expect(app.child.output.match(/cannot be reached/g)).toHaveLength(1)
  const person = await makePerson(fresh.sql, 'patient')
  expect((await Browser.signedIn({ origin: app.origin } as App, person)).cookie).not.toBe('')
})

test('a PostgreSQL that takes connections and says nothing keeps nobody from the shell', async () => {
  const fresh = await database()
  const road = await wire()
  await road.swallow()
  const app = await launch({ DATABASE_URL: road.through(fresh.appUrl), DATABASE_MIGRATION_URL: road.through(fresh.ownerUrl) })
  await expectClosed(app.origin)
})

test('a mistake that shows when PostgreSQL is there ends the server with its sentence', async () => {
  const fresh = await database()
  const road = await wire()
  const wrong = new URL(road.through(fresh.appUrl))
  wrong.password = 'another'
  const { child } = await launch({ DATABASE_URL: wrong.href, DATABASE_MIGRATION_URL: road.through(fresh.ownerUrl) })
  await road.join(fresh.appUrl)
  expect(await child.exited().then(() => 'ended well', () => 'failed')).toBe('failed')
  expect(child.output).toContain('PostgreSQL refuses the password of DATABASE_URL')
})

test('no API request is served while another replica migrates', async () => {
  const fresh = await database()
  const other = new pg.Client(fresh.ownerUrl)
  await other.connect()
  await other.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
  const app = await launch({ DATABASE_URL: fresh.appUrl, DATABASE_MIGRATION_URL: fresh.ownerUrl })
  await expectClosed(app.origin)
  expect((await fresh.sql.query(`select to_regclass('public.users') as users`)).rows).toEqual([{ users: null }])
  await other.end()
  await isServed(app)
})

test('a server that may not migrate waits for the one-shot that may, and never knows the owner', { timeout: 60_000 }, async () => {
  const fresh = await database()
  const app = await launch({ DATABASE_URL: fresh.appUrl, DATABASE_MIGRATION_URL: '' })
  await expectClosed(app.origin)
  expect(app.child.output).toContain('run start.mjs --migrate-only with DATABASE_MIGRATION_URL set; until then the server waits.')

  const once = new Child('the one-shot', process.execPath, [server, '--migrate-only'], { cwd: '/', env: { PATH: process.env.PATH, DATABASE_URL: fresh.appUrl, DATABASE_MIGRATION_URL: fresh.ownerUrl } })
  await once.exited()
  expect(once.output.trim()).toBe('The database is of the newest schema.')
  await isServed(app)
  // Beside it, one that finds all done begins at once.
  await isServed(await launch({ DATABASE_URL: fresh.appUrl, DATABASE_MIGRATION_URL: '' }))
})

test('with Electric away at the start all but sync is served; when it is there, sync is too, without a restart', async () => {
  const road = await wire()
  const app = await App.start({ ELECTRIC_URL: road.through(electricUrl) })
  undo.push(() => app.stop())
  const { adminUrl } = inject('stack')
  const sql = new pg.Pool({ connectionString: adminUrl, max: 1 })
  undo.push(() => sql.end())
  const browser = await Browser.signedIn(app, await makePerson(sql, 'reader'))
  expect(app.output).toContain(`Electric cannot be reached at 127.0.0.1:${road.port}: start it, or correct ELECTRIC_URL.`)
  const away = await browser.shape('user', { offset: '-1' })
  expect([away.status, away.headers.get('retry-after'), away.json]).toEqual([503, '5', expect.objectContaining({ code: 'sync_unavailable' })])
  await road.join(electricUrl)
  await until('the shape is served', async () => (await browser.shape('user', { offset: '-1' })).status === 200)
})
