import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { LOCAL_SHAPES } from '../../shared/generated/catalogue.gen'
import { reads } from '../../shared/reads/index'
import type { ReadAnswer } from '../../shared/protocol/reads'
import { onServer, READ_SCHEMA } from '../../server/reads/views'
import { visible } from '../support/visible'
import { App } from './support/app'
import { Browser, type Answer } from './support/browser'
import { makeDatabase } from './support/databases'
import { admin, join, leave, makeCompany, makePerson } from './support/people'
import { READ_PARAMS, type Asked } from './support/read-params'
import { CODE, RIGHTS, SHAPE_OF, STATUS, VIEWERS, type Outcome, type Viewer } from './support/rights'

let sql: pg.Pool
let app: App
let company: Asked
const browsers = new Map<Viewer, Browser>()
const browser = (viewer: Viewer) => browsers.get(viewer) as Browser
const ask = (who: Browser, name: string, params: unknown, headers: Record<string, string> = {}) =>
  who.ask(`/api/reads/${name}?${new URLSearchParams({ params: JSON.stringify(params) })}`, { headers })
const rows = (answer: Answer) => (answer.json as ReadAnswer).rows

async function idsOf(table: string, of: string): Promise<string[]> {
  return (await sql.query<{ id: string }>(`select id from ${table} where company_id = $1 order by id`, [of])).rows.map(row => row.id)
}

beforeAll(async () => {
  app = await App.start()
  sql = admin()
  const owner = await makePerson(sql, 'owner')
  const id = await makeCompany(sql, owner)
  // Of the address of the lead that is there.
  await sql.query('insert into leads (id, company_id, name, email, message, status, score, variant) values (gen_random_uuid(), $1, \'Lea\', \'LEA@example.com\', \'Call me again.\', \'won\', 60, \'b\')', [id])
  company = { company: id, workspaces: await idsOf('workspaces', id), folders: await idsOf('folders', id), leads: await idsOf('leads', id) }
  await sql.query('insert into leads (id, company_id, name, email, message, merged_into) values (gen_random_uuid(), $1, \'Lea\', \'lea@example.com\', \'Call me once more.\', $2)', [id, company.leads[0]])
  await makeCompany(sql, await makePerson(sql, 'other'))
  browsers.set('owner', await Browser.signedIn(app, owner))
  browsers.set('signedOut', new Browser(app))
  for (const viewer of VIEWERS) {
    if (browsers.has(viewer)) continue
    const person = await makePerson(sql, viewer)
    if (viewer !== 'stranger') await join(sql, id, person, viewer === 'ended' ? 'owner' : viewer as 'admin')
    if (viewer === 'ended') await leave(sql, id, person)
    browsers.set(viewer, await Browser.signedIn(app, person))
  }
})
afterAll(async () => {
  await sql.end()
  await app.stop()
})

describe('who sees what through the views', () => {
  const cells = Object.values(LOCAL_SHAPES).flatMap(({ localTable }) => VIEWERS.map(viewer => ({ localTable, viewer })))

  test.each(cells)('app_read.$localTable holds for $viewer what the shapes would bring', async ({ localTable, viewer }) => {
    const rule = visible.find(one => one.localTable === localTable)
    if (!rule) throw new Error(`visible.ts has no rule for ${localTable}`)
    const client = new pg.Client({ connectionString: inject('stack').appUrl })
    await client.connect()
    try {
      const userId = viewer === 'signedOut' ? '' : browser(viewer).userId
      await client.query('select set_config(\'app.user_id\', $1, false)', [userId])
      const seen = await client.query<{ id: string }>(`select id from ${READ_SCHEMA}."${localTable}" order by id`)
      const due = userId === '' ? [] : (await sql.query<{ id: string }>(`select t.id from "${rule.table}" t where ${rule.where} order by id`, [userId])).rows
      expect(seen.rows).toEqual(due)
      const outcome = RIGHTS[SHAPE_OF[localTable] as string]?.[viewer]
      const gone = localTable === 'memberships' && (viewer === 'stranger' || viewer === 'ended')
      expect(seen.rows.length > 0).toBe(outcome === 'rows' && !gone)
    }
    finally {
      await client.end()
    }
  })

  test('a connection that says no viewer at all sees nothing', async () => {
    const client = new pg.Client({ connectionString: inject('stack').appUrl })
    await client.connect()
    for (const { localTable } of Object.values(LOCAL_SHAPES)) {
      expect((await client.query(`select 1 from ${READ_SCHEMA}."${localTable}" limit 1`)).rows).toEqual([])
    }
    await client.end()
  })
})

test('views that are missing are made at the next start, and those of the version before stay for its servers', async () => {
  const database = await makeDatabase()
  const at = { DATABASE_URL: database.appUrl, DATABASE_MIGRATION_URL: database.ownerUrl }
  await (await App.start(at)).stop()
  // Two older versions: of the time before schemas had versions, and the last one.
  const owner = decodeURIComponent(new URL(database.ownerUrl).username)
  await database.sql.query(`set role ${owner}; create schema app_read; comment on schema app_read is 'an old hash'; create schema app_read_00000000000a; comment on schema app_read_00000000000a is '{"version":"x","at":"2026-01-01T00:00:00Z"}'; drop schema ${READ_SCHEMA} cascade; reset role`)
  await (await App.start(at)).stop()
  const { rows: schemas } = await database.sql.query<{ name: string }>('select nspname as name from pg_namespace where nspname like \'app_read%\' order by 1')
  expect(schemas.map(({ name }) => name)).toEqual(['app_read_00000000000a', READ_SCHEMA].toSorted())
  const client = new pg.Client({ connectionString: database.appUrl })
  await client.connect()
  expect((await client.query(`select * from ${READ_SCHEMA}.folders`)).rows).toEqual([])
  await client.end()
  await database.drop()
})

test('among 30,000 folders of a company its reads walk by an index', async () => {
  const owner = await makePerson(sql, 'forester')
  const large = await makeCompany(sql, owner)
  const [workspace] = await idsOf('workspaces', large)
  const [root] = await idsOf('folders', large)
  await sql.query('insert into folders (id, company_id, workspace_id, parent_id, name) select gen_random_uuid(), $1, $2, case when n % 600 = 0 then $3::uuid end, \'f\' || n from generate_series(1, 30000) n', [large, workspace, root])
  await sql.query('analyze folders')
  const client = new pg.Client({ connectionString: inject('stack').appUrl })
  await client.connect()
  await client.query('select set_config(\'app.user_id\', $1, false)', [owner.id])
  for (const [name, values] of [['folders-children', [workspace, root]], ['folder', [root]], ['breadcrumb', [root]]] as const) {
    const plan = await client.query<{ 'QUERY PLAN': string }>(`explain ${onServer(reads[name]?.sql ?? '')}`, [...values])
    expect(plan.rows.map(row => row['QUERY PLAN']).join('\n'), name).not.toMatch(/Seq Scan on folders/)
  }
  await client.end()
})

/** The least that the shapes of a read allow a viewer. */
function outcomeOf(name: string, viewer: Viewer): Outcome {
  if (viewer === 'signedOut') return 'signIn'
  const read = reads[name]
  if (!read?.params.includes('company')) return 'rows'
  const outcomes = read.views.map(view => RIGHTS[SHAPE_OF[view] as string]?.[viewer])
  return outcomes.includes('ended') ? 'ended' : outcomes.includes('role') ? 'role' : 'rows'
}

const cells = Object.keys(READ_PARAMS).flatMap(name => VIEWERS.map(viewer => ({ name, viewer, outcome: outcomeOf(name, viewer) })))

describe('who may ask for a read', () => {
  test.each(cells)('$name, asked by $viewer: $outcome', async ({ name, viewer, outcome }) => {
    for (const params of READ_PARAMS[name]?.(company) ?? []) {
      const answer = await ask(browser(viewer), name, params)
      expect(answer.status, answer.text).toBe(STATUS[outcome])
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
      if (outcome !== 'rows') {
        expect(answer.json).toMatchObject({ code: CODE[outcome], ...(outcome === 'signIn' ? {} : { company: company.company }) })
        continue
      }
      const isOutside = viewer === 'stranger' || viewer === 'ended'
      if (isOutside && name !== 'user') expect(rows(answer).filter(row => !('folders' in row && row.folders === 0))).toEqual([])
      if (viewer === 'owner' && params[0] !== undefined && !Array.isArray(params[0]) && name !== 'folders-children') expect(rows(answer).length).toBeGreaterThan(0)
      expect(answer.text).not.toContain('password')
    }
  })

  test('a membership that ends and a role that changes are over at the next question', async () => {
    const person = await makePerson(sql, 'leaver')
    await join(sql, company.company, person, 'member')
    const theirs = await Browser.signedIn(app, person)
    expect((await ask(theirs, 'members', [company.company])).status).toBe(200)
    await sql.query('update company_members set role = \'guest\' where company_id = $1 and user_id = $2', [company.company, person.id])
    expect((await ask(theirs, 'members', [company.company])).json).toMatchObject({ code: 'role_changed' })
    expect(rows(await ask(theirs, 'folder', [company.folders[0]]))).toHaveLength(1)
    await leave(sql, company.company, person)
    expect((await ask(theirs, 'workspaces', [company.company])).json).toMatchObject({ code: 'membership_ended' })
    expect(rows(await ask(theirs, 'folder', [company.folders[0]]))).toEqual([])
  })

  test.each(['', 'not-a-uuid', '00000000-0000-4000-8000-000000000000'])('a database of user "%s" reads nothing of the one who is signed in', async (user) => {
    const answer = await ask(browser('owner'), 'user', [], { 'x-database-user': user })
    expect(answer.status).toBe(user === '' ? 400 : 412)
    expect(answer.text).not.toContain('email')
  })
})

const REFUSED: [string, number][] = [
  ['sync-status?params=[]', 404],
  ['nothing?params=[]', 404],
  ['constructor?params=[]', 404],
  ['__proto__?params=[]', 404],
  ['app_read.folders?params=[]', 404],
  ['folders%2f..%2fuser?params=[]', 404],
  ['workspaces', 400],
  ['workspaces?params=', 400],
  ['workspaces?params=[]', 400],
  ['workspaces?params=null', 400],
  ['workspaces?params={"company":"ID"}', 400],
  ['workspaces?params=["ID","ID"]', 400],
  ['workspaces?params=["ID"]&params=["ID"]', 400],
  ['workspaces?params=[["ID"]]', 400],
  ['workspaces?params=[{"toString":"ID"}]', 400],
  ['workspaces?params=["ID\' OR true--"]', 400],
  ['workspaces?params=["ID\\u0000"]', 400],
  ['workspaces?params=[null]', 400],
  ['folder-counts?params=["ID"]', 400],
  ['folder-counts?params=[["ID","x"]]', 400],
  ['user?params=["ID"]', 400],
]

test.each(REFUSED)('%s is refused with %d', async (trick, status) => {
  const answer = await browser('owner').ask(`/api/reads/${trick.replaceAll('ID', company.company)}`)
  expect(answer.status, answer.text).toBe(status)
  expect(answer.json).toMatchObject({ code: status === 404 ? expect.stringMatching(/unknown_read|not_found/) : 'invalid_input' })
})

test.each(['POST', 'PUT', 'DELETE'])('%s on a read does nothing', async (method) => {
  const answer = await browser('owner').ask('/api/reads/user?params=[]', { method, headers: { 'origin': app.origin, 'content-type': 'application/json' }, body: '{}' })
  expect(answer.status).toBe(404)
})

test('a list of more than 500 is cut and says so; one of 500 is whole', async () => {
  const owner = await makePerson(sql, 'collector')
  const large = await makeCompany(sql, owner)
  const hers = await Browser.signedIn(app, owner)
  const [workspace] = await idsOf('workspaces', large)
  const add = (n: number, from: number) => sql.query(`insert into folders (id, company_id, workspace_id, name, position)
    select gen_random_uuid(), $1, $2, 'n' || n, 'b' || lpad(n::text, 5, '0') from generate_series($3::int, $4::int) n`, [large, workspace, from, from + n - 1])
  await add(499, 1)
  expect((await ask(hers, 'folders-top', [workspace])).json).toMatchObject({ truncated: false, rows: { length: 500 } })
  await add(1, 500)
  const { rows: given, truncated } = (await ask(hers, 'folders-top', [workspace])).json as ReadAnswer
  expect([truncated, given.length]).toEqual([true, 500])
  expect(given.at(-1)).toMatchObject({ name: 'n499' })
  // A screen of rows travels compressed, as the shapes do.
  const { headers } = await ask(hers, 'folders-top', [workspace], { 'accept-encoding': 'br' })
  expect(headers.get('content-encoding')).toBe('br')
})

test('a read that waits for more than 2 s is given up with a typed answer, and the session reads on', async () => {
  const holder = await sql.connect()
  try {
    await holder.query('begin; lock table user_groups in access exclusive mode')
    const began = performance.now()
    const answer = await ask(browser('owner'), 'groups', [company.company])
    expect(answer.json).toMatchObject({ code: 'too_slow' })
    expect(answer.status).toBe(503)
    expect(performance.now() - began).toBeLessThan(4_000)
    expect((await ask(browser('owner'), 'user', [])).status).toBe(200)
  }
  finally {
    await holder.query('rollback')
    holder.release()
  }
})

test('one session\'s slow reads do not take the connections of everybody else', async () => {
  const holder = await sql.connect()
  try {
    await holder.query('begin; lock table user_groups in access exclusive mode')
    const slow = Array.from({ length: 12 }, () => ask(browser('owner'), 'groups', [company.company]))
    const began = performance.now()
    expect((await ask(browser('member'), 'workspaces', [company.company])).status).toBe(200)
    expect((await browser('admin').shape('user', { offset: '-1' })).status).toBe(200)
    expect(performance.now() - began).toBeLessThan(1_500)
    await holder.query('rollback')
    for (const answer of await Promise.all(slow)) expect([200, 503]).toContain(answer.status)
  }
  finally {
    holder.release()
  }
})

test('a session that asks without end is slowed down, and another one is not', async () => {
  const [greedy, calm] = [await Browser.signedIn(app, await makePerson(sql, 'greedy')), await Browser.signedIn(app, await makePerson(sql, 'calm'))]
  const answers = await Promise.all(Array.from({ length: 320 }, () => ask(greedy, 'companies', [])))
  const refused = answers.filter(answer => answer.status === 429)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused[0]?.json).toMatchObject({ code: 'too_many_requests' })
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await ask(calm, 'companies', [])).status).toBe(200)
})
