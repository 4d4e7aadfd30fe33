import { randomUUID } from 'node:crypto'
import { getTableColumns } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { entities } from '../../shared/catalogue/entities'
import { until } from '../support/wait'
import { App } from './support/app'
import { admin, join, makeCompany, makePerson } from './support/people'

let sql: pg.Pool
let app: pg.Client

beforeAll(async () => {
  await (await App.start()).stop()
  sql = admin()
  app = new pg.Client({ connectionString: inject('stack').appUrl })
  await app.connect()
})
afterAll(async () => {
  await app.end()
  await sql.end()
})

const one = async <Row extends pg.QueryResultRow>(text: string, params: unknown[]) => (await sql.query<Row>(text, params)).rows[0] as Row

test.each(Object.keys(entities))('a change of a row of %s is counted and dated; an update that changes nothing is not', async (table) => {
  const person = await makePerson(sql, 'counter')
  const company = await makeCompany(sql, person)
  const column = { users: 'id', companies: 'id' }[table] ?? 'company_id'
  const id = (await one<{ id: string }>(`select id from ${table} where ${column} = $1`, [table === 'users' ? person.id : company])).id
  const before = await one<{ row_version: string, updated_at: Date }>(`select row_version, updated_at from ${table} where id = $1`, [id])

  await sql.query(`update ${table} set created_at = created_at, row_version = 99, updated_at = now() + interval '1 day' where id = $1`, [id])
  expect(await one(`select row_version, updated_at from ${table} where id = $1`, [id])).toEqual(before)

  await sql.query(`update ${table} set created_at = created_at - interval '1 day' where id = $1`, [id])
  const after = await one<{ row_version: string, updated_at: Date }>(`select row_version, updated_at from ${table} where id = $1`, [id])
  expect(Number(after.row_version)).toBe(Number(before.row_version) + 1)
  expect(after.updated_at.getTime()).toBeGreaterThan(before.updated_at.getTime())
})

test('a person\'s new name, e-mail and picture reach every company they are in, and a member row cannot say otherwise', async () => {
  const person = await makePerson(sql, 'before')
  const companies = [await makeCompany(sql, person), await makeCompany(sql, person)]
  await sql.query('update users set name = $1, avatar_url = $2 where id = $3', ['after', '/a.png', person.id])
  await sql.query('update company_members set name = $1, email = $1 where user_id = $2', ['someone else', person.id])
  const { rows } = await sql.query('select name, email, avatar_url from company_members where user_id = $1', [person.id])
  expect(rows).toEqual(companies.map(() => ({ name: 'after', email: person.email, avatar_url: '/a.png' })))
})

test('a person who joins while they are being renamed is known by the new name', async () => {
  const person = await makePerson(sql, 'old')
  const company = await makeCompany(sql, await makePerson(sql, 'boss'))
  const renaming = await sql.connect()
  await renaming.query('begin')
  await renaming.query(`update users set name = 'new' where id = $1`, [person.id])
  const joining = join(sql, company, person, 'member')
  await until('the joining waits for the renaming', async () => {
    const { rows } = await sql.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into company_members%'`)
    return rows.length > 0
  })
  await renaming.query('commit')
  renaming.release()
  await joining
  expect(await one('select name from company_members where user_id = $1', [person.id])).toEqual({ name: 'new' })
})

test('no row can point into another company', async () => {
  const owner = await makePerson(sql, 'owner')
  const [mine, theirs] = [await makeCompany(sql, owner), await makeCompany(sql, await makePerson(sql, 'other'))]
  const of = async (table: string, company: string) => (await one<{ id: string }>(`select id from ${table} where company_id = $1`, [company])).id
  const workspace = await of('workspaces', theirs)
  const folder = await of('folders', theirs)
  const group = await of('user_groups', theirs)
  const refused = { code: '23503' }
  await expect(sql.query('insert into folders (id, company_id, workspace_id, name) values ($1, $2, $3, $4)', [randomUUID(), mine, workspace, 'x'])).rejects.toMatchObject(refused)
  await expect(sql.query('insert into folders (id, company_id, workspace_id, parent_id, name) values ($1, $2, $3, $4, $5)', [randomUUID(), mine, await of('workspaces', mine), folder, 'x'])).rejects.toMatchObject(refused)
  await expect(sql.query('insert into user_group_members (id, company_id, group_id, user_id) values ($1, $2, $3, $4)', [randomUUID(), mine, group, owner.id])).rejects.toMatchObject(refused)
  await expect(sql.query('insert into user_group_members (id, company_id, group_id, user_id) values ($1, $2, $3, $4)', [randomUUID(), theirs, group, owner.id])).rejects.toMatchObject(refused)
})

const tenantTables = Object.entries(entities).filter(([, { table }]) => 'company_id' in getTableColumns(table)).map(([name]) => name)

test.each(tenantTables)('a row of %s stays in its company, whoever asks: a browser that holds both could lose it', async (table) => {
  const owner = await makePerson(sql, 'owner')
  const [mine, theirs] = [await makeCompany(sql, owner), await makeCompany(sql, await makePerson(sql, 'other'))]
  const before = await one<{ id: string }>(`select * from ${table} where company_id = $1`, [mine])
  await app.query('select set_config(\'app.user_id\', $1, false)', [owner.id])
  for (const client of [app, sql]) {
    // An update of one row, and one in which the row also changes otherwise.
    for (const also of ['', ', created_at = now()']) {
      await expect(client.query(`update ${table} set company_id = $1${also} where id = $2`, [theirs, before.id]))
        .rejects.toMatchObject({ code: '23514', constraint: 'keep_company', table, message: expect.stringMatching(/stays in the company/) })
    }
  }
  expect(await one(`select * from ${table} where id = $1`, [before.id])).toEqual(before)
})

test('the tables whose rows must stay in their company are found in the catalogue', () => {
  expect(tenantTables.toSorted()).toEqual(['company_members', 'folders', 'leads', 'user_group_members', 'user_groups', 'workspaces'])
})

test.each([
  'create table public.mine (id int)', 'alter table users add column x int', 'drop table leads', 'truncate users', 'create schema mine',
  'alter table users disable trigger all', 'delete from migrations.__drizzle_migrations', 'set session authorization postgres', `copy users to '/tmp/users'`,
])('the app\'s own role cannot: %s', async (statement) => {
  await expect(app.query(statement)).rejects.toMatchObject({ code: '42501' })
})
