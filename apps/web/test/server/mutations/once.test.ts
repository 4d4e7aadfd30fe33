import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { folderCreate, folderRename } from '../../../shared/mutations/folder'
import { personPreferences } from '../../../shared/mutations/person'
import { until } from '../../support/wait'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { applied, entry, mutate, newId, send } from '../support/mutations'
import { admin, join, makeCompany, makePerson, type Person } from '../support/people'
import { foldersBy, makeFolder, makeWorkspace } from '../support/places'

let sql: pg.Pool
let app: App
let person: Person
let browser: Browser
let company: string
let workspace: string

beforeAll(async () => {
  app = await App.start()
  sql = admin()
})
beforeEach(async () => {
  person = await makePerson(sql, 'writer')
  company = await makeCompany(sql, person)
  workspace = await makeWorkspace(sql, company)
  browser = await Browser.signedIn(app, person)
})
afterAll(async () => {
  await sql.end()
  await app.stop()
})

const create = (name = 'Made') => entry(folderCreate, { id: newId(), workspace_id: workspace, parent_id: null, name }, { company })
const named = async (name: string) => (await sql.query('select id from folders where company_id = $1 and name = $2', [company, name])).rowCount

test('the same mutation twice is answered the same, and done once', async () => {
  const folder = await makeFolder(sql, company, workspace)
  const rename = entry(folderRename, { id: folder, name: 'Once' }, { company })
  const [first] = await send(browser, [rename])
  await applied(browser, folderRename, { id: folder, name: 'By another tab' }, { company })
  const [again] = await send(browser, [rename])
  expect(again).toEqual(first)
  expect((await foldersBy(sql, [folder])).get(folder)).toMatchObject({ name: 'By another tab', row_version: 3 })
})

test('twenty at once with one key, in two requests order and spelling, make one folder', async () => {
  const mutation = create('One')
  const { workspace_id, ...rest } = mutation.input as Record<string, unknown>
  const other = { ...mutation, id: mutation.id.toUpperCase(), input: { ...rest, name: ' One ', workspace_id } }
  const results = await Promise.all(Array.from({ length: 20 }, (_, n) => send(browser, [n % 2 ? mutation : other])))
  for (const result of results) expect(result).toEqual(results[0])
  expect(results[0]).toMatchObject([{ status: 'applied' }])
  expect(await named('One')).toBe(1)
})

test('a key that was used for something else is refused, and the first answer stays', async () => {
  const mutation = create('First')
  const [first] = await send(browser, [mutation])
  const other = { ...mutation, input: { ...mutation.input, name: 'Second' } }
  expect(await send(browser, [other])).toMatchObject([{ status: 'refused', code: 'invalid_input', fields: { id: expect.any(String) } }])
  expect(await send(browser, [mutation])).toEqual([first])
  expect(await named('Second')).toBe(0)
})

test('another person\'s key gives nothing of what they were answered', async () => {
  const mutation = create('Hers')
  await send(browser, [mutation])
  const colleague = await makePerson(sql, 'colleague')
  await join(sql, company, colleague, 'member')
  const [result] = await send(await Browser.signedIn(app, colleague), [mutation])
  expect(result).toMatchObject({ status: 'refused', code: 'invalid_input' })
  expect(result).not.toHaveProperty('rows')
})

test('a database connection that is ended in the middle loses nothing and doubles nothing', async () => {
  const folder = await makeFolder(sql, company, workspace)
  const made = create('After the loss')
  const batch = [create('Before the loss'), entry(folderRename, { id: folder, name: 'Renamed' }, { company }), made]
  const holder = await sql.connect()
  await holder.query('begin')
  await holder.query('select 1 from folders where id = $1 for update', [folder])
  const { rows: [own] } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid')
  const answer = browser.post('/api/mutations', { mutations: batch })
  await until('the rename waits for the row', async () => {
    const { rowCount } = await sql.query(`select pg_terminate_backend(pid) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))`, [own?.pid])
    return (rowCount ?? 0) > 0
  })
  expect(await answer).toMatchObject({ status: 503, json: { code: 'database_unavailable' } })
  await holder.query('rollback')
  holder.release()
  // The first may have been decided together with the rename, or before it: what is there is what the ledger knows.
  const isKnown = async ({ id }: { id: string }) => (await sql.query('select from auth.mutations where id = $1', [id])).rowCount
  expect([await named('Before the loss'), await named('Renamed'), await named('After the loss')]).toEqual([await isKnown(batch[0] ?? made), 0, 0])
  const results = await send(browser, batch)
  expect(results.map(({ status }) => status)).toEqual(['applied', 'applied', 'applied'])
  expect([await named('Before the loss'), await named('Renamed'), await named('After the loss')]).toEqual([1, 1, 1])
})

test('who leaves before the answer learns it when they ask again', async () => {
  const folder = await makeFolder(sql, company, workspace)
  const rename = entry(folderRename, { id: folder, name: 'Decided' }, { company })
  const holder = await sql.connect()
  await holder.query('begin')
  await holder.query('select 1 from folders where id = $1 for update', [folder])
  const leaving = new AbortController()
  const left = browser.post('/api/mutations', { mutations: [rename] }, { signal: leaving.signal }).catch(() => 'left')
  await until('the rename waits', async () => (await sql.query('select 1 from pg_locks where not granted')).rowCount === 1)
  leaving.abort()
  expect(await left).toBe('left')
  const again = send(browser, [rename])
  await holder.query('commit')
  holder.release()
  expect(await again).toMatchObject([{ status: 'applied', rows: [{ id: folder, row_version: 2 }] }])
  expect((await foldersBy(sql, [folder])).get(folder)).toMatchObject({ row_version: 2 })
})

test('what was refused stays refused, also when its reason is gone', async () => {
  const folder = await makeFolder(sql, company, workspace)
  const rename = entry(folderRename, { id: folder, name: 'Refused' }, { company })
  const role = (to: string) => sql.query('update company_members set role = $3 where company_id = $1 and user_id = $2', [company, person.id, to])
  await role('guest')
  const [first] = await send(browser, [rename])
  expect(first).toMatchObject({ status: 'refused', code: 'role_changed', company })
  await role('owner')
  expect(await send(browser, [rename])).toEqual([first])
  expect(await named('Refused')).toBe(0)
})

test('of a hundred in one request one is refused, and ninety-nine are done in their order', async () => {
  const batch = Array.from({ length: 100 }, (_, n) => create(`Of ${n}`))
  const refused = batch[50]
  if (refused) refused.input = { ...refused.input, parent_id: newId() }
  const results = await send(browser, batch)
  expect(results.map(({ id }) => id)).toEqual(batch.map(({ id }) => id))
  expect(results.filter(({ status }) => status === 'applied')).toHaveLength(99)
  expect(results[50]).toMatchObject({ status: 'refused', code: 'not_found', fields: { parent_id: expect.any(String) } })
  const { rows } = await sql.query<{ n: number }>('select count(*)::int as n from folders where workspace_id = $1', [workspace])
  expect(rows).toEqual([{ n: 99 }])
})

test('what is created in one request is there for the next one in it', async () => {
  const [parent, child] = [newId(), newId()]
  const results = await send(browser, [
    entry(folderCreate, { id: parent, workspace_id: workspace, parent_id: null, name: 'Parent' }, { company }),
    entry(folderCreate, { id: child, workspace_id: workspace, parent_id: parent, name: 'Child' }, { company }),
  ])
  expect(results.map(({ status }) => status)).toEqual(['applied', 'applied'])
})

test('the transaction that is answered is the one that the read road brings', async () => {
  const { entry: live } = await browser.follow('folders', company)
  const { txid, rows: [row] } = await applied(browser, folderCreate, { id: newId(), workspace_id: workspace, parent_id: null, name: 'Seen' }, { company })
  const { lines: [line] } = await browser.live([live])
  expect(line?.body).toEqual(expect.arrayContaining([expect.objectContaining({
    headers: expect.objectContaining({ txids: [txid] }), value: expect.objectContaining({ id: row?.id, row_version: String(row?.row_version) }),
  })]))
})

test('two keys of one person\'s preferences that are changed at once are both there', async () => {
  await Promise.all(['theme', 'density', 'language', 'start'].map(name => applied(browser, personPreferences, { preferences: { [name]: name } })))
  await applied(browser, personPreferences, { preferences: { start: null, theme: 'dark' } })
  const { rows } = await sql.query('select preferences from users where id = $1', [person.id])
  expect(rows).toEqual([{ preferences: { theme: 'dark', density: 'density', language: 'language' } }])
})

test('an edit of a text that someone else changed meanwhile is a conflict that shows theirs; the same text is none', async () => {
  const folder = await makeFolder(sql, company, workspace, null, 'Base')
  await applied(browser, folderRename, { id: folder, name: 'Theirs' }, { company })
  expect(await mutate(browser, folderRename, { id: folder, name: 'Mine' }, { company, base: { name: 'Base' } }))
    .toMatchObject({ status: 'refused', code: 'conflict', theirs: { name: 'Theirs' } })
  await applied(browser, folderRename, { id: folder, name: 'Theirs' }, { company, base: { name: 'Base' } })
  await applied(browser, folderRename, { id: folder, name: 'Mine' }, { company, base: { name: 'Theirs' } })
})

test('an answer goes after thirty days, and the mutation is still not done again; a refusal is answered the same for ever', async () => {
  const folder = await makeFolder(sql, company, workspace)
  const [old, fresh] = [entry(folderRename, { id: folder, name: 'Long ago' }, { company }), create('Lately')]
  const refusedOne = entry(folderRename, { id: newId(), name: 'Nowhere' }, { company })
  const [, wasFresh, wasRefused] = await send(browser, [old, fresh, refusedOne])
  await applied(browser, folderRename, { id: folder, name: 'Since then' }, { company })
  await sql.query(`update auth.mutations set created_at = now() - interval '61 days' where id = any($1)`, [[old.id, refusedOne.id]])
  await sql.query(`update auth.mutations set created_at = now() - interval '59 days' where id = $1`, [fresh.id])

  const another = await App.start()
  onTestFinished(() => another.stop())
  await until('its answer is gone', async () => (await sql.query('select from auth.mutations where id = $1 and result is null', [old.id])).rowCount === 1)
  expect(await send(browser, [old, fresh, refusedOne])).toEqual([{ id: old.id, status: 'already_applied' }, wasFresh, wasRefused])
  expect((await foldersBy(sql, [folder])).get(folder)).toMatchObject({ name: 'Since then' })
})

test('someone who sends without end is told to wait and for how long, nothing of that request is done, and nobody else waits', async () => {
  for (let n = 0; n < 120; n++) await send(browser, Array.from({ length: 100 }, () => ({ id: newId(), name: 'nothing.known', version: 1, input: {} })))
  const beyond = await browser.post('/api/mutations', { mutations: [create('Beyond')] })
  expect(beyond.status, beyond.text).toBe(429)
  expect(beyond.json).toMatchObject({ code: 'too_many_requests' })
  expect(Number(beyond.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(Number(beyond.headers.get('retry-after'))).toBeLessThanOrEqual(60)
  expect(await named('Beyond')).toBe(0)
  const colleague = await makePerson(sql, 'colleague')
  await join(sql, company, colleague, 'member')
  await send(await Browser.signedIn(app, colleague), [create('Of another')])
  expect(await named('Of another')).toBe(1)
})
