import { ShapeStream, type Row } from '@electric-sql/client'
import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type pg from 'pg'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { until } from '../support/wait'
import { ShapeTransport } from '../../worker/transport/shape-transport'
import { App } from './support/app'
import { Browser } from './support/browser'
import { HoldingProxy } from './support/holding-proxy'
import { admin, makeCompany, makePerson } from './support/people'
import { makeFolder, makeWorkspace } from './support/places'
import { Relay } from './support/relay'

// The worker's own transport and Electric's own client against the built server: what is followed must equal what is there.
let sql: pg.Pool
let relay: Relay
let app: App
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

const SHAPES = { 'company': 'companies', 'members': 'company_members', 'groups': 'user_groups', 'group-members': 'user_group_members', 'workspaces': 'workspaces', 'folders': 'folders', 'leads': 'leads' } as const

/** Follows all shapes of companies as a worker does. Out: the rows of each, by key. */
async function follow(origin: string, browser: Browser, companies: string[]) {
  const reach: string[] = []
  let [inFlight, most] = [0, 0]
  const transport = new ShapeTransport({
    origin, databaseUser: browser.userId, onReach: (reached, code) => reach.push(reached ? 'reached' : code ?? ''),
    fetch: async (input, init) => {
      const isSync = new URL(String(input)).pathname.startsWith('/api/shapes/')
      if (isSync) most = Math.max(most, ++inFlight)
      let isOver = !isSync
      const over = () => {
        if (!isOver) inFlight--
        isOver = true
      }
      init?.signal?.addEventListener('abort', over)
      try {
        const response = await fetch(input, { ...init, headers: { ...init?.headers, cookie: browser.cookie, origin } })
        if (!response.body) return over(), response
        return new Response(response.body.pipeThrough(new TransformStream({ flush: over }), { ...(init?.signal && { signal: init.signal }) }), response)
      }
      catch (error) {
        over()
        throw error
      }
    },
  })
  const leaving = new AbortController()
  setMaxListeners(0, leaving.signal)
  onTestFinished(() => {
    leaving.abort()
    transport.close()
  })
  const rows = new Map<string, Map<string, Row>>()
  for (const company of companies) {
    for (const shape of Object.keys(SHAPES)) {
      const held = new Map<string, Row>()
      rows.set(`${shape} ${company}`, held)
      const address = { shape, company }
      const stream = new ShapeStream({ url: transport.url(address), fetchClient: transport.fetchClient(address), signal: leaving.signal, liveRequestTimeoutMs: false, onError: (error) => { reach.push(String(error)) } })
      stream.subscribe((messages) => {
        for (const message of messages) {
          if (!('key' in message)) {
            if (message.headers.control === 'must-refetch') held.clear()
          }
          else if (message.headers.operation === 'delete') held.delete(message.key)
          else held.set(message.key, { ...held.get(message.key), ...message.value })
        }
      })
    }
  }
  const names = (shape: keyof typeof SHAPES, company: string) => [...rows.get(`${shape} ${company}`)?.values() ?? []].map(row => String(row.name)).sort()
  const folders = async (company: string) => {
    const { rows: there } = await sql.query<{ name: string }>('select name from folders where company_id = $1 and deleted_at is null', [company])
    await until('the folders are those of the server', () => JSON.stringify(names('folders', company)) === JSON.stringify(there.map(({ name }) => name).sort()))
  }
  return { rows, names, folders, reach, transport, most: () => most, inFlight: () => inFlight }
}

async function person(companies: number) {
  const who = await makePerson(sql, 'road')
  const all = await Promise.all(Array.from({ length: companies }, () => makeCompany(sql, who)))
  return { browser: await Browser.signedIn(app, who), companies: all }
}

test('bursts over all shapes of three companies arrive whole, by two requests at most and one stream in the end', async () => {
  const { browser, companies } = await person(3)
  const { folders, most, inFlight, reach } = await follow(app.origin, browser, companies)
  const workspaces = await Promise.all(companies.map(company => makeWorkspace(sql, company)))
  for (let n = 0; n < 200; n++) {
    const at = n % companies.length
    await makeFolder(sql, companies[at] ?? '', workspaces[at] ?? '', null, `${n}`)
    if (n % 7 === 0) await sql.query('update folders set name = name || \'!\' where company_id = $1', [companies[at]])
    if (n % 11 === 0) await sql.query('delete from folders where company_id = $1 and name like \'%!!\'', [companies[at]])
  }
  for (const company of companies) await folders(company)
  expect(most()).toBeLessThanOrEqual(2)
  await until('nothing is in flight but the stream', () => inFlight() === 1)
  expect(reach).not.toContain('network')
})

test('behind a proxy that holds bodies back everything still comes, by long polls', async () => {
  const proxy = await HoldingProxy.before(app.origin)
  onTestFinished(() => proxy.stop())
  const { browser, companies: [company = ''] } = await person(1)
  const { folders, reach, transport } = await follow(proxy.origin, browser, [company])
  const workspace = await makeWorkspace(sql, company)
  await until('the long poll has taken over', () => proxy.live.includes('live'))
  for (const name of ['one', 'two', 'three']) {
    await makeFolder(sql, company, workspace, null, name)
    await folders(company)
  }
  expect(reach).not.toContain('network')
  // The laptop is carried to another network.
  proxy.isHolding = false
  transport.wake()
  await until('a stream again', () => proxy.live.at(-1) === 'stream')
  await makeFolder(sql, company, workspace, null, 'four')
  await folders(company)
  expect(proxy.live.at(-1)).toBe('stream')
})

test('when the sync service loses its log, a shape is fetched anew and the others go on', async () => {
  const { browser, companies: [company = ''] } = await person(1)
  const { folders, names } = await follow(app.origin, browser, [company])
  const workspace = await makeWorkspace(sql, company, 'Here')
  await makeFolder(sql, company, workspace, null, randomUUID())
  await folders(company)
  // What is changed in this way is told to every shape of the table as must-refetch.
  await sql.query('alter table folders add column if not exists of_a_test integer; alter table folders drop column of_a_test')
  await makeFolder(sql, company, workspace, null, 'after it')
  await folders(company)
  expect(names('workspaces', company)).toContain('Here')
})
