import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { App } from './support/app'
import { admin, join, leave, makeCompany, makePerson, type Person } from './support/people'
import { RIGHTS, SHAPE_OF, VIEWERS, type Viewer } from './support/rights'

// The second door: the same table of rights once more, asked of PostgreSQL as the app's role, with no code of the server between.

let sql: pg.Pool
let app: pg.Client
let company: string
let other: string
/** In the company, and asks nothing. */
let colleague: Person
const people = new Map<Viewer, Person>()

beforeAll(async () => {
  // Its start migrates and makes the policies.
  await (await App.start()).stop()
  sql = admin()
  app = new pg.Client({ connectionString: inject('stack').appUrl })
  await app.connect()
  const owner = await makePerson(sql, 'owner')
  company = await makeCompany(sql, owner)
  other = await makeCompany(sql, await makePerson(sql, 'other'))
  colleague = await makePerson(sql, 'colleague')
  await join(sql, company, colleague, 'member')
  people.set('owner', owner)
  for (const viewer of VIEWERS) {
    if (people.has(viewer) || viewer === 'signedOut') continue
    const person = await makePerson(sql, viewer)
    if (viewer !== 'stranger') await join(sql, company, person, viewer === 'ended' ? 'owner' : viewer as 'admin')
    if (viewer === 'ended') await leave(sql, company, person)
    people.set(viewer, person)
  }
})
afterAll(async () => {
  await app?.end()
  await sql?.end()
})

type Row = Record<string, unknown>
type Settings = Partial<Record<'app.user_id' | 'app.door' | 'app.company', string>>

/** Asks as the app's role with these settings, and takes everything back. */
async function asApp<Result>(settings: Settings, ask: () => Promise<Result>): Promise<Result> {
  await app.query('begin')
  try {
    for (const [name, value] of Object.entries(settings)) await app.query('select set_config($1, $2, true)', [name, value])
    return await ask()
  }
  finally {
    await app.query('rollback')
  }
}

const idOf = (viewer: Viewer) => people.get(viewer)?.id ?? ''
const asViewer = <Result>(viewer: Viewer, ask: () => Promise<Result>) => asApp(viewer === 'signedOut' ? {} : { 'app.user_id': idOf(viewer) }, ask)
const rowsOf = async (table: string, where = 'true', params: unknown[] = []) => (await app.query<Row>(`select * from ${table} where ${where}`, params)).rows

/** What came of a statement: how many rows it reached, or that PostgreSQL refused it. */
async function outcomeOf(text: string, params: unknown[]): Promise<'done' | 'refused'> {
  try {
    return ((await app.query(text, params)).rowCount ?? 0) > 0 ? 'done' : 'refused'
  }
  catch (error) {
    expect(error).toMatchObject({ code: '42501' })
    return 'refused'
  }
}

const ENTITIES = ['users', 'companies', 'company_members', 'user_groups', 'user_group_members', 'workspaces', 'folders', 'leads'] as const
type Entity = (typeof ENTITIES)[number]
const companyColumn = (entity: Entity) => entity === 'companies' ? 'id' : 'company_id'
const cells = ENTITIES.flatMap(entity => VIEWERS.map(viewer => ({ entity, viewer })))

test('with nothing set, no table of the app shows a row', async () => {
  const { rows } = await sql.query<{ name: string }>(`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'auth') order by 1`)
  expect(rows.length).toBeGreaterThanOrEqual(17)
  const shown: string[] = []
  for (const { name } of rows) {
    if ((await rowsOf(name)).length > 0) shown.push(name)
  }
  expect(shown).toEqual([])
})

describe('what is read', () => {
  test.each(cells)('of $entity by $viewer', async ({ entity, viewer }) => {
    const seen = await asViewer(viewer, () => rowsOf(entity))
    if (entity === 'users') {
      expect(seen.map(row => row.id)).toEqual(viewer === 'signedOut' ? [] : [idOf(viewer)])
      return
    }
    // One's own membership is there without the right to see others'.
    const ofOthers = seen.filter(row => !(entity === 'company_members' && row.user_id === idOf(viewer)))
    const { rows: all } = await sql.query<Row>(`select id from ${entity} where ${companyColumn(entity)} = $1${entity === 'company_members' ? ' and user_id <> $2' : ''}`,
      [company, ...entity === 'company_members' ? [idOf(viewer) || randomUUID()] : []])
    const expected = RIGHTS[SHAPE_OF[entity] ?? '']?.[viewer] === 'rows' ? all.map(row => row.id) : []
    expect(ofOthers.map(row => row.id).toSorted()).toEqual(expected.toSorted())
  })
})

// Who writes what, by hand from the rules for people. Account acts have a door of their own and are not here.
const STAFF: readonly Viewer[] = ['owner', 'admin', 'member']
const MANAGERS: readonly Viewer[] = ['owner', 'admin']
const NOBODY: readonly Viewer[] = []
const WRITERS: Record<Exclude<Entity, 'users'>, Record<'insert' | 'update' | 'delete', readonly Viewer[]>> = {
  companies: { insert: NOBODY, update: MANAGERS, delete: NOBODY },
  company_members: { insert: MANAGERS, update: MANAGERS, delete: MANAGERS },
  user_groups: { insert: STAFF, update: STAFF, delete: STAFF },
  user_group_members: { insert: STAFF, update: STAFF, delete: STAFF },
  workspaces: { insert: STAFF, update: STAFF, delete: NOBODY },
  folders: { insert: STAFF, update: STAFF, delete: NOBODY },
  leads: { insert: STAFF, update: STAFF, delete: STAFF },
}

/** A row that could be inserted into a company: a copy of one of its own under another key. */
async function copyOf(entity: Entity, of: string): Promise<Row> {
  const { rows: [row] } = await sql.query<Row>(`select * from ${entity} where ${companyColumn(entity)} = $1 limit 1`, [of])
  const copy: Row = { ...row, id: randomUUID() }
  if (entity === 'companies') copy.slug = `c-${randomUUID()}`
  if (entity === 'company_members') copy.user_id = idOf('stranger')
  // Somebody of the company who is not in the group.
  if (entity === 'user_group_members') copy.user_id = of === company ? colleague.id : copy.user_id
  return copy
}

const insertInto = (entity: Entity, row: Row) => outcomeOf(
  `insert into ${entity} select * from jsonb_populate_record(null::${entity}, $1::jsonb)`, [JSON.stringify(row)])
const change = (entity: Entity, of: string) => outcomeOf(
  `update ${entity} set created_at = created_at where ${companyColumn(entity)} = $1`, [of])
const remove = (entity: Entity, of: string) => outcomeOf(
  `delete from ${entity} where ${companyColumn(entity)} = $1${entity === 'company_members' ? ` and user_id = '${colleague.id}'` : ''}`, [of])

describe('what is written', () => {
  const writes = cells.flatMap(({ entity, viewer }) => entity === 'users' ? [] : (['insert', 'update', 'delete'] as const).map(act => ({ entity, viewer, act })))

  test.each(writes)('$act of $entity by $viewer', async ({ entity, viewer, act }) => {
    const run = async (of: string) => {
      const row = await copyOf(entity, of)
      const does = { insert: () => insertInto(entity, row), update: () => change(entity, of), delete: () => remove(entity, of) }
      return asViewer(viewer, does[act])
    }
    expect(await run(company)).toBe(WRITERS[entity as Exclude<Entity, 'users'>][act].includes(viewer) ? 'done' : 'refused')
    expect(await run(other), 'in a company of others').toBe('refused')
  })

  test.each(VIEWERS.map(viewer => ({ viewer })))('of users by $viewer: the own row is changed, and no other', async ({ viewer }) => {
    const rename = (id: string) => asViewer(viewer, () => outcomeOf('update users set name = name || \'!\' where id = $1', [id]))
    if (viewer !== 'signedOut') expect(await rename(idOf(viewer))).toBe('done')
    expect(await rename(colleague.id)).toBe('refused')
    expect(await asViewer(viewer, () => outcomeOf('delete from users where id = $1', [idOf(viewer) || colleague.id]))).toBe('refused')
    expect(await asViewer(viewer, () => outcomeOf('insert into users (id, email, name) values ($1, $2, $3)', [randomUUID(), `${randomUUID()}@example.com`, 'x']))).toBe('refused')
  })
})

test('a person\'s new name reaches their memberships, though a member may write none', async () => {
  const name = await asViewer('member', async () => {
    await app.query('update users set name = \'Renamed\' where id = $1', [idOf('member')])
    return rowsOf('company_members', 'user_id = $1', [idOf('member')])
  })
  expect(name).toMatchObject([{ name: 'Renamed' }])
})

test('a deleted company is over for its owner, and what was deleted in a living one is there for those who may restore it', async () => {
  await sql.query('update folders set deleted_at = now(), deletion_id = $2 where company_id = $1', [company, randomUUID()])
  const folders = (viewer: Viewer) => asViewer(viewer, () => rowsOf('folders', 'company_id = $1', [company]))
  expect(await folders('member')).toHaveLength(1)
  expect(await folders('guest')).toHaveLength(0)
  await sql.query('update folders set deleted_at = null, deletion_id = null where company_id = $1', [company])
  await sql.query('update companies set deleted_at = now() where id = $1', [company])
  expect(await folders('owner')).toHaveLength(0)
  await sql.query('update companies set deleted_at = null where id = $1', [company])
})

describe('the doors of the server itself', () => {
  const CONTENTS = ['user_groups', 'user_group_members', 'workspaces', 'folders', 'leads', 'auth.mutations', 'auth.changes']

  test.each(CONTENTS)('the door of accounts shows nothing of %s', async (table) => {
    expect(await asApp({ 'app.door': 'account' }, () => rowsOf(table))).toEqual([])
  })

  test('the door of a command opens the one company that it names', async () => {
    const seen = await asApp({ 'app.door': 'operator', 'app.company': company }, () => rowsOf('folders'))
    expect(new Set(seen.map(row => row.company_id))).toEqual(new Set([company]))
    expect(await asApp({ 'app.door': 'operator' }, () => rowsOf('folders'))).toEqual([])
    expect(await asApp({ 'app.door': 'operator', 'app.company': company }, () => rowsOf('auth.credentials'))).toEqual([])
  })

  test('the door of the form opens the leads of the one company that it names, and nothing else of it', async () => {
    const form = { 'app.door': 'form', 'app.company': company }
    expect(new Set((await asApp(form, () => rowsOf('leads'))).map(row => row.company_id))).toEqual(new Set([company]))
    expect(await asApp({ 'app.door': 'form' }, () => rowsOf('leads'))).toEqual([])
    for (const table of ['companies', 'company_members', ...CONTENTS.filter(name => name !== 'leads'), 'auth.credentials', 'auth.audit']) {
      expect(await asApp(form, () => rowsOf(table)), table).toEqual([])
    }
    const lead = (of: string) => asApp(form, () => outcomeOf('insert into leads (id, company_id, name, email, message) values (gen_random_uuid(), $1, \'x\', \'x@example.com\', \'x\')', [of]))
    expect(await lead(company)).toBe('done')
    expect(await lead(other)).toBe('refused')
    expect(await asApp(form, () => outcomeOf('update leads set name = name where company_id = $1', [other]))).toBe('refused')
    expect(await asApp(form, () => outcomeOf('delete from leads', []))).toBe('refused')
  })

  test('upkeep takes away what somebody deleted, changes nothing, and leaves what lives', async () => {
    const workspace = (await sql.query<{ id: string }>('select id from workspaces where company_id = $1', [company])).rows[0]?.id
    const marked = randomUUID()
    await sql.query('insert into folders (id, company_id, workspace_id, name, deleted_at) values ($1, $2, $3, $4, now())', [marked, company, workspace, 'Gone'])
    const upkeep = (text: string, params: unknown[]) => asApp({ 'app.door': 'upkeep' }, () => outcomeOf(text, params))
    expect(await upkeep('delete from folders where id in (select id from folders where id = $1 for update skip locked)', [marked])).toBe('done')
    expect(await upkeep('delete from folders where company_id = $1 and deleted_at is null', [company])).toBe('refused')
    expect(await upkeep('update folders set name = $2 where id = $1', [marked, 'x'])).toBe('refused')
    expect(await upkeep('delete from company_members where company_id = $1', [company])).toBe('refused')
    expect(await asApp({ 'app.door': 'upkeep' }, () => rowsOf('auth.credentials'))).toEqual([])
    await sql.query('delete from folders where id = $1', [marked])
  })

  test('who holds no token finds no session, and without the door of accounts no address has an account', async () => {
    await sql.query('insert into auth.sessions (id, user_id, token_hash, expires_at) values ($1, $2, $3, now() + interval \'1 hour\')', [randomUUID(), idOf('owner'), `hash-${company}`])
    const find = async (hash: string) => (await app.query('select id, roles from auth.find_sessions(array[$1], array[$2]::uuid[])', [hash, company])).rows
    expect(await find('no such hash')).toEqual([])
    expect(await find(`hash-${company}`)).toEqual([{ id: idOf('owner'), roles: { [company]: 'owner' } }])
    const account = async () => (await app.query('select auth.account_of($1) as id', [people.get('owner')?.email])).rows
    expect(await asViewer('member', account)).toEqual([{ id: null }])
    expect(await asApp({ 'app.door': 'account' }, account)).toEqual([{ id: idOf('owner') }])
  })
})

test('the app\'s role owns nothing, bypasses nothing, and can take on no other role', async () => {
  const role = decodeURIComponent(new URL(inject('stack').appUrl).username)
  const { rows } = await sql.query(`
    select rolsuper as super, rolbypassrls as bypasses, rolreplication as replicates, rolcreaterole as roles,
      exists (select from pg_class c where c.relowner = r.oid) as owns,
      exists (select from pg_auth_members m where m.member = r.oid) as becomes
    from pg_roles r where rolname = $1`, [role])
  expect(rows).toEqual([{ super: false, bypasses: false, replicates: false, roles: false, owns: false, becomes: false }])
  for (const statement of ['alter table folders disable row level security', 'drop policy "viewer select" on folders', 'set row_security = off; select * from folders']) {
    await expect(app.query(statement), statement).rejects.toMatchObject({ code: '42501' })
  }
  await app.query('reset row_security')
})

test('functions that answer with the owner\'s rights have a search path of their own, and only the app may ask them', async () => {
  const { rows } = await sql.query<{ name: string, path: string | null, everybody: boolean }>(`
    select p.oid::regproc::text as name, (select c from unnest(p.proconfig) c where c like 'search_path=%') as path,
      has_function_privilege('public', p.oid, 'execute') and p.prorettype <> 'trigger'::regtype as everybody
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prosecdef and n.nspname in ('public', 'auth') order by 1`)
  expect(rows.map(({ name }) => name)).toEqual(['auth.account_of', 'auth.companies_of', 'auth.deleted_companies', 'auth.find_sessions', 'auth.forget_lead', 'auth.form_company', 'auth.taken_keys', 'copy_person', 'tell_memberships'])
  for (const { name, path, everybody } of rows) expect({ name, path, everybody }).toEqual({ name, path: 'search_path=pg_catalog, pg_temp', everybody: false })
})
