import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { folderCreate, folderRename } from '../../shared/mutations/folder'
import { until } from '../support/wait'
import { App } from './support/app'
import { Browser } from './support/browser'
import { applied, entry, newId } from './support/mutations'
import { admin, makeCompany, makePerson, type Person } from './support/people'
import { makeFolder, makeWorkspace } from './support/places'

let sql: pg.Pool
let person: Person
let company: string
let workspace: string

beforeAll(async () => {
  sql = admin()
  await (await App.start()).stop()
})
beforeEach(async () => {
  person = await makePerson(sql, 'stayer')
  company = await makeCompany(sql, person)
  workspace = await makeWorkspace(sql, company)
})
afterAll(() => sql.end())

const ready = async (app: App) => fetch(`${app.origin}/api/ready`).then(async answer => ({ status: answer.status, body: await answer.json() as unknown }), () => undefined)
const nameOf = async (folder: string) => (await sql.query<{ name: string }>('select name from folders where id = $1', [folder])).rows[0]?.name

/** Holds a row, so that who would change it waits. Out: whether somebody does, and how to let it go. */
async function hold(folder: string): Promise<{ isAwaited: () => Promise<boolean>, release: () => Promise<void> }> {
  const holder = await sql.connect()
  await holder.query('begin')
  const { rows: [own] } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid')
  await holder.query('select 1 from folders where id = $1 for update', [folder])
  let held = true
  const release = async () => {
    if (!held) return
    held = false
    await holder.query('commit')
    holder.release()
  }
  onTestFinished(release)
  const isAwaited = async () => (await sql.query('select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))', [own?.pid])).rowCount === 1
  return { isAwaited, release }
}

test('a server that is told to stop finishes the mutation that runs, ends its streams whole, takes nothing new and exits with 0', async () => {
  const app = await App.start()
  const browser = await Browser.signedIn(app, person)
  const folder = await makeFolder(sql, company, workspace)
  const { entry: from } = await browser.follow('folders', company)
  const stream = await browser.stream([from])
  const held = browser.live([from])
  await until('the stream has begun', () => stream.heartbeats.length > 0)
  const { isAwaited, release } = await hold(folder)
  const renaming = browser.post('/api/mutations', { mutations: [entry(folderRename, { id: folder, name: 'Renamed at the end' }, { company })] })
  await until('the mutation waits', isAwaited)

  app.tell()
  await until('the stream has ended', () => stream.ended)
  expect((await held).status).toBe(200)
  // Whole lines only: what was begun was written to its end.
  expect(stream.text.endsWith('\n')).toBe(true)
  expect(stream.end).toBeUndefined()
  await until('nobody new is let in', async () => await ready(app) === undefined)
  expect(app.ended).toBe(false)
  await release()
  expect(await renaming).toMatchObject({ status: 200, json: { results: [{ status: 'applied' }] } })
  await app.exited()
  expect(await nameOf(folder)).toBe('Renamed at the end')

  // Where the stream ended, another server goes on: nothing is missing and nothing comes twice.
  const next = await App.start()
  browser.goTo(next)
  const last = stream.batches.filter(({ status }) => status === 200).at(-1)
  const at = last?.headers['electric-offset'] ?? from.offset
  const { lines } = await browser.live([{ ...from, offset: at }])
  expect((lines[0]?.body as { value?: { name?: string } }[]).flatMap(({ value }) => value?.name ?? [])).toEqual(['Renamed at the end'])
  await next.stop()
})

test('a server that drains is not ready at once, and serves until then: no request of a proxy that has not looked yet fails', async () => {
  const app = await App.start({ DRAIN_SECONDS: '4' })
  const browser = await Browser.signedIn(app, person)
  const { entry: from } = await browser.follow('folders', company)
  const stream = await browser.stream([from])
  app.tell()
  await until('it says that it stops', async () => (await ready(app))?.status === 503, { deadline: 3_000 })
  expect(await ready(app)).toMatchObject({ status: 503, body: { status: 'stopping', database: 'up' } })
  const created = newId()
  await applied(browser, folderCreate, { id: created, workspace_id: workspace, parent_id: null, name: 'Late' }, { company })
  const answer = await browser.ask('/api/health')
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close'])
  await stream.batch('a row while it drains', ({ body }) => JSON.stringify(body).includes(created))
  await app.exited()
  expect(stream.end).toBeUndefined()
})

test('a second signal ends it at once, whatever runs', async () => {
  const app = await App.start()
  const browser = await Browser.signedIn(app, person)
  const folder = await makeFolder(sql, company, workspace)
  const { isAwaited, release } = await hold(folder)
  const cut = browser.post('/api/mutations', { mutations: [entry(folderRename, { id: folder, name: 'Never' }, { company })] }).catch(() => 'cut')
  await until('the mutation waits', isAwaited)
  app.tell()
  await until('it has heard', () => app.output.includes('told to stop'))
  expect(app.ended).toBe(false)
  app.tell()
  expect(await cut).toBe('cut')
  await until('it has ended', () => app.ended, { deadline: 2_000 })
  await release()
})
