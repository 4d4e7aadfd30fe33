import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { folderRestore } from '../../shared/mutations/folder'
import { workspaceRestore } from '../../shared/mutations/workspace'
import { sweepExpired } from '../../server/upkeep/expired'
import { sweepDeleted } from '../../server/upkeep/retention'
import { until } from '../support/wait'
import { App, standForServer } from './support/app'
import { Browser } from './support/browser'
import { applied, mutate } from './support/mutations'
import { admin, makeCompany, makePerson, type Person } from './support/people'
import { makeFolder, makeWorkspace } from './support/places'

let sql: pg.Pool
let app: App
let person: Person
let company: string
let workspace: string

beforeAll(async () => {
  // The sweeps run in the test too.
  standForServer()
  sql = admin()
  app = await App.start()
})
beforeEach(async () => {
  person = await makePerson(sql, 'keeper')
  company = await makeCompany(sql, person)
  workspace = await makeWorkspace(sql, company)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await app.stop()
  await sql.end()
})

/** Marks rows as deleted so many days ago, as one act. Out: the deletion's key. */
async function deleted(table: 'companies' | 'workspaces' | 'folders', ids: readonly string[], days: number): Promise<string> {
  const deletion = randomUUID()
  await sql.query(`update ${table} set deleted_at = now() - make_interval(days => $1), deletion_id = $2 where id = any($3)`, [days, deletion, ids])
  return deletion
}
const left = async (table: string, ids: readonly string[]) => (await sql.query<{ id: string }>(`select id from ${table} where id = any($1)`, [ids])).rows.map(({ id }) => id)
const countOf = async (table: string, of = company) => Number((await sql.query<{ n: string }>(`select count(*) as n from ${table} where company_id = $1`, [of])).rows[0]?.n)

/** A tree of so many levels with so many folders each; every one hangs under one of the level above. Keys in no order. */
async function makeTree(levels: number, each: number): Promise<string[]> {
  const ids = Array.from({ length: levels * each }, () => randomUUID())
  await sql.query('insert into folders (id, company_id, workspace_id, parent_id, name) select id, $2, $3, parent, \'Folder\' from unnest($1::uuid[], $4::uuid[]) as one (id, parent)',
    [ids, company, workspace, ids.map((_, i) => ids[i - each] ?? null)])
  return ids
}

test('a tree that was deleted longer ago than deletions are kept goes for good, however large, deep and disordered', async () => {
  const old = await makeTree(40, 60)
  const living = await makeFolder(sql, company, workspace)
  await deleted('folders', old, 91)
  await sweepDeleted()
  expect(await left('folders', [...old, living])).toEqual([living])
})

test('replicas that sweep at once take every row once, and none of them fails', async () => {
  const old = await makeTree(20, 150)
  await deleted('folders', old, 200)
  await deleted('workspaces', [workspace], 200)
  const swept = await Promise.all([sweepDeleted(), sweepDeleted(), sweepDeleted()])
  // What one replica held while another looked is left to the next time.
  swept.push(await sweepDeleted())
  expect([await left('folders', old), await left('workspaces', [workspace])]).toEqual([[], []])
  expect(swept.reduce((sum, one) => sum + one)).toBeGreaterThanOrEqual(old.length + 1)
})

test('a deletion of 89 days stays, and is restored whole', async () => {
  const [one, two] = [await makeTree(3, 3), await makeFolder(sql, company, workspace)]
  const folders = await deleted('folders', one, 89)
  const other = await makeWorkspace(sql, company)
  const within = await makeFolder(sql, company, other)
  const whole = await deleted('workspaces', [other], 89)
  await sql.query('update folders set deleted_at = now() - interval \'89 days\', deletion_id = $1 where id = $2', [whole, within])
  await sweepDeleted()
  const browser = await Browser.signedIn(app, person)
  await applied(browser, folderRestore, { deletion_id: folders }, { company })
  await applied(browser, workspaceRestore, { deletion_id: whole }, { company })
  const { rows } = await sql.query<{ id: string }>('select id from folders where company_id = $1 and deleted_at is null', [company])
  expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining([...one, two, within]))
})

// The sweep goes in steps: what came back between two of them would come back in part.
test('what is older than deletions are kept is not restored, also before the sweep has come by', async () => {
  const folders = await deleted('folders', await makeTree(2, 2), 91)
  const whole = await deleted('workspaces', [await makeWorkspace(sql, company)], 91)
  const browser = await Browser.signedIn(app, person)
  expect(await mutate(browser, folderRestore, { deletion_id: folders }, { company })).toMatchObject({ status: 'refused', code: 'not_found' })
  expect(await mutate(browser, workspaceRestore, { deletion_id: whole }, { company })).toMatchObject({ status: 'refused', code: 'not_found' })
})

test('a child that was deleted later keeps what is above it, and its time is its own', async () => {
  const top = await makeFolder(sql, company, workspace)
  const middle = await makeFolder(sql, company, workspace, top)
  const younger = await makeFolder(sql, company, workspace, middle)
  const beside = await makeFolder(sql, company, workspace, top)
  await deleted('workspaces', [workspace], 120)
  await deleted('folders', [top, middle, beside], 120)
  await deleted('folders', [younger], 10)
  await sweepDeleted()
  expect((await left('folders', [top, middle, younger, beside])).toSorted()).toEqual([top, middle, younger].toSorted())
  expect(await left('workspaces', [workspace])).toEqual([workspace])
  await deleted('folders', [younger], 91)
  await sweepDeleted()
  expect([await left('folders', [top, middle, younger]), await left('workspaces', [workspace])]).toEqual([[], []])
})

test('a deleted company goes with all that is in it, and leaves its audit, its people and other companies', async () => {
  const other = await makeCompany(sql, person)
  await makeTree(3, 5)
  const invite = randomUUID()
  await sql.query('insert into auth.invites (id, company_id, role, token_hash, invited_by, expires_at) values ($1, $2, \'member\', $1::uuid::text, $3, now())', [invite, company, person.id])
  const waiting = randomUUID()
  await sql.query('insert into auth.sign_ups (id, email, name, password_hash, invite_id, token_hash, expires_at) values ($1, $2, \'New\', \'x\', $3, $1::uuid::text, now() + interval \'1 day\')', [waiting, `${waiting}@example.com`, invite])
  await sql.query('insert into auth.audit (company_id, actor_name, act) values ($1, \'operator\', \'company.made\')', [company])
  await deleted('companies', [company], 91)
  await sweepDeleted()
  const TABLES = ['folders', 'workspaces', 'user_groups', 'user_group_members', 'leads', 'company_members', 'auth.invites']
  expect(await Promise.all(TABLES.map(table => countOf(table)))).toEqual(TABLES.map(() => 0))
  expect(await left('companies', [company, other])).toEqual([other])
  expect(await countOf('auth.audit')).toBe(1)
  expect([await left('users', [person.id]), await left('auth.sign_ups', [waiting]), await countOf('folders', other)]).toEqual([[person.id], [waiting], 1])
})

test('the history of a row goes with the row, and with its company; what is left keeps its own', async () => {
  const [top, living, gone] = [await makeFolder(sql, company, workspace), await makeFolder(sql, company, workspace), await makeWorkspace(sql, company)]
  const other = await makeCompany(sql, person)
  const note = (of: string, entity: string, row: string) => sql.query(`insert into auth.changes (company_id, entity, row_id, actor_id, actor_name, mutation) values ($1, $2, $3, $4, 'keeper', 'x')`, [of, entity, row, person.id])
  for (const [entity, row] of [['folders', top], ['folders', top], ['folders', living], ['workspaces', gone], ['workspaces', workspace]] as const) await note(company, entity, row)
  // Keys are of one row; of another company none may go even so.
  await note(other, 'folders', top)
  await deleted('folders', [top], 91)
  await deleted('workspaces', [gone], 91)
  await sweepDeleted()
  const noted = async () => (await sql.query<{ row_id: string }>('select row_id from auth.changes where company_id = $1', [company])).rows.map(row => row.row_id).toSorted()
  expect(await noted()).toEqual([living, workspace].toSorted())
  await deleted('companies', [company], 91)
  await sweepDeleted()
  expect([await noted(), await countOf('auth.changes', other)]).toEqual([[], 1])
})

test('who watches a company hears nothing of what is swept, and goes on from where they were', async () => {
  const old = await makeTree(2, 5)
  await deleted('folders', old, 91)
  const browser = await Browser.signedIn(app, person)
  const { entry } = await browser.follow('folders', company)
  await sweepDeleted()
  expect(await left('folders', old)).toEqual([])
  const added = await makeFolder(sql, company, workspace)
  const { lines } = await browser.live([entry])
  const rows = (lines[0]?.body as { key?: string }[]).flatMap(({ key }) => key ?? [])
  expect(rows).toEqual([`"public"."folders"/"${added}"`])
})

test('sessions, links, sign-ups and attempts that have ended go, and those that count stay', async () => {
  const browser = await Browser.signedIn(app, person)
  const ids = { old: randomUUID(), young: randomUUID() }
  for (const [id, ends] of [[ids.old, '-2 days'], [ids.young, '2 days']]) {
    await sql.query('insert into auth.sessions (id, user_id, token_hash, expires_at) values ($1, $2, $1::uuid::text, now() + $3::interval)', [id, person.id, ends])
    await sql.query('insert into auth.links (id, purpose, user_id, token_hash, expires_at) values ($1, \'reset\', $2, $1::uuid::text, now() + $3::interval)', [id, person.id, ends])
    await sql.query('insert into auth.sign_ups (id, email, name, password_hash, token_hash, expires_at) values ($1, $1::uuid::text, \'New\', \'x\', $1::uuid::text, now() + $2::interval)', [id, ends])
    await sql.query('insert into auth.attempts (key, points, expire) values ($1, 1, extract(epoch from now() + $2::interval) * 1000)', [id, ends])
  }
  await sweepExpired()
  for (const table of ['auth.sessions', 'auth.links', 'auth.sign_ups']) expect([table, await left(table, [ids.old, ids.young])]).toEqual([table, [ids.young]])
  expect((await sql.query('select key from auth.attempts where key = any($1)', [[ids.old, ids.young]])).rows).toEqual([{ key: ids.young }])
  expect((await browser.ask('/api/auth/session')).status).toBe(200)
})

test('a server sweeps by itself when it starts, after as many days as it is told', async () => {
  const [over, kept] = [await makeFolder(sql, company, workspace), await makeFolder(sql, company, workspace)]
  await deleted('folders', [over], 46)
  await deleted('folders', [kept], 44)
  const other = await App.start({ RETENTION_DAYS: '45' })
  await until('the older one is gone', async () => (await left('folders', [over])).length === 0)
  await other.stop()
  expect(await left('folders', [kept])).toEqual([kept])
})
