import { randomUUID } from 'node:crypto'
import type { PGlite } from '@electric-sql/pglite'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newPGlite } from '../support/new-pglite'
import type { Role } from '../../shared/catalogue/roles'
import { LOCAL_SCHEMA, LOCAL_SHAPES, type LocalShape } from '../../shared/generated/catalogue.gen'
import { READ_LIMIT, rowsOf, type ReadAnswer } from '../../shared/protocol/reads'
import { reads } from '../../shared/reads/index'
import { App } from './support/app'
import { Browser } from './support/browser'
import { admin, join, leave, makeCompany, makePerson, type Person } from './support/people'
import { READ_PARAMS, type Asked } from './support/read-params'

// Names that two Postgreses of other languages sort differently, or whose letters they change differently.
const NAMES = ['apple', 'Banana', 'banana', 'Äpfel', 'äpfel', 'Zulu', 'zebra', 'ångström', 'İstanbul', 'straße', 'STRASSE', 'a b', 'ab', 'a-b', 'a_b', '_x',
  '10', '9', '%', '\\N', '\'quoted\'', '"double"', 'tab\tand\r\nline', '日本', '🙂', '', ' ', 'Ω', 'ω', 'x'.repeat(160)]
const SETTINGS = { n: 1.50, big: 9007199254740991, deep: [{ a: null }, 'é\\"'], on: true }
const ROLES: readonly Role[] = ['owner', 'admin', 'member', 'guest']

let sql: pg.Pool
let app: App
let local: PGlite
let asked: Asked
let second: Asked
const viewers = new Map<string, { browser: Browser, companies: Map<string, Role> }>()

/** A company whose rows hold what has told two databases apart before. */
async function hardCompany(owner: Person): Promise<Asked> {
  const company = await makeCompany(sql, owner)
  await sql.query('update companies set name = $2, settings = $3 where id = $1', [company, NAMES[17], SETTINGS])
  const workspaces = NAMES.map(() => randomUUID())
  for (const [n, id] of workspaces.entries()) {
    // Some share a position: then the name decides, and then the id.
    await sql.query('insert into workspaces (id, company_id, name, position, deleted_at) values ($1, $2, $3, $4, $5)', [id, company, NAMES[n], n % 3 === 0 ? 'Zz' : n % 3 === 1 ? 'a0' : '_', n % 7 === 6 ? new Date() : null])
    await sql.query('insert into user_groups (id, company_id, name, description) values ($1, $2, $3, $4)', [randomUUID(), company, NAMES[n], NAMES[n]])
    const person = await makePerson(sql, `p${n}`)
    await sql.query('update users set name = $2 where id = $1', [person.id, NAMES[n]])
    await join(sql, company, person, ROLES[n % 4] as Role)
  }
  await sql.query('insert into user_group_members (id, company_id, group_id, user_id) select gen_random_uuid(), g.company_id, g.id, m.user_id from user_groups g join company_members m using (company_id) where g.company_id = $1 and not exists (select from user_group_members x where x.group_id = g.id and x.user_id = m.user_id)', [company])
  const [home = ''] = workspaces
  let parent: string | null = null
  const folders: string[] = []
  for (const [n, name] of NAMES.entries()) {
    const id = randomUUID()
    await sql.query('insert into folders (id, company_id, workspace_id, parent_id, name, description, deleted_at) values ($1, $2, $3, $4, $5, $5, $6)', [id, company, home, n % 4 === 0 ? null : parent, name, n % 11 === 10 ? new Date() : null])
    if (n % 4 === 0 || n % 5 === 0) parent = id
    folders.push(id)
  }
  await sql.query('insert into folders (id, company_id, workspace_id, name) select gen_random_uuid(), $1, $2, $3 from generate_series(1, $4::int)', [company, workspaces[1], 'same', READ_LIMIT + 20])
  const leads = NAMES.map(() => randomUUID())
  for (const [n, id] of leads.entries()) {
    await sql.query(`insert into leads (id, company_id, name, email, phone, message, created_at, status, score, variant, tags, notes)
      values ($1, $2, $3, $4, $5, $3, now() - make_interval(mins => $6), $7, $8, $9, $10, $3)`, [
      id, company, NAMES[n], `${n % 2 === 0 ? 'Visitor' : 'visitor'}-${n % 3}@example.com`, n % 3 === 0 ? null : `+49 ${n}`, n % 5, n % 2 === 0 ? 'won' : 'new', n * 7 % 101, n % 3 === 0 ? null : 'b', [NAMES[n], '{"a", b}']])
  }
  // As many as fit into the limit of a session; the lists hold all names.
  // One into the first, and others into that one: what hangs on one that is merged is found, too.
  await sql.query('update leads set merged_into = case when id = $2 then $1::uuid else $2::uuid end where id = any($3::uuid[])', [leads[0], leads[5], leads.slice(5, 8)])
  return { company, workspaces: [...workspaces.slice(0, 8), randomUUID()], folders: [...folders.slice(0, 16), randomUUID()], leads: [...leads.slice(0, 4), randomUUID()] }
}

beforeAll(async () => {
  app = await App.start()
  sql = admin()
  local = await newPGlite()
  await local.exec(LOCAL_SCHEMA.join(';\n'))
  const owner = await makePerson(sql, 'Both')
  asked = await hardCompany(owner)
  second = await hardCompany(await makePerson(sql, 'Other'))
  await sql.query('update users set preferences = $2, last_login_at = now() where id = $1', [owner.id, SETTINGS])
  const enter = async (name: string, person: Person, roles: [Asked, Role][]) => {
    viewers.set(name, { browser: await Browser.signedIn(app, person), companies: new Map(roles.map(([{ company }, role]) => [company, role])) })
  }
  await enter('owner', owner, [[asked, 'owner']])
  for (const role of ['admin', 'member', 'guest'] as const) {
    const person = await makePerson(sql, role)
    await join(sql, asked.company, person, role)
    await enter(role, person, [[asked, role]])
  }
  const both = await makePerson(sql, 'both')
  await join(sql, asked.company, both, 'guest')
  await join(sql, second.company, both, 'member')
  await enter('guest of one and member of another', both, [[asked, 'guest'], [second, 'member']])
  const ended = await makePerson(sql, 'ended')
  await join(sql, asked.company, ended, 'owner')
  await leave(sql, asked.company, ended)
  await enter('former owner', ended, [])
}, 120_000)
afterAll(async () => {
  await local.close()
  await sql.end()
  await app.stop()
})

/** Fills the local tables with what the shapes give a viewer, value by value as text, as the worker does. */
async function fill({ browser, companies }: { browser: Browser, companies: Map<string, Role> }): Promise<void> {
  const shapes = Object.values(LOCAL_SHAPES)
  await local.exec(`TRUNCATE ${[...new Set(shapes.map(shape => `"${shape.localTable}"`))].join(', ')}`)
  for (const shape of shapes) {
    if (shape.scope === 'user') await insert(shape, (await browser.follow(shape.name)).rows)
    else for (const [company, role] of companies) if (shape.visibleTo.includes(role)) await insert(shape, (await browser.follow(shape.name, company)).rows)
  }
}

async function insert({ localTable, columns }: LocalShape, rows: Record<string, string | null>[]): Promise<void> {
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  const values = columns.map(({ name, type }) => `(row->>'${name}')::${type}`).join(', ')
  await local.query(`INSERT INTO "${localTable}" (${names}) SELECT ${values} FROM jsonb_array_elements($1::jsonb) AS row`, [JSON.stringify(rows)])
}

test('every read that the server answers is tried on both ends', () => {
  const tried = Object.values(reads).filter(read => !read.localOnly).map(read => read.name)
  expect(Object.keys(READ_PARAMS).toSorted()).toEqual(tried.toSorted())
})

describe.each(['owner', 'admin', 'member', 'guest', 'guest of one and member of another', 'former owner'])('as %s', (name) => {
  beforeAll(() => fill(viewers.get(name) as NonNullable<ReturnType<typeof viewers.get>>), 60_000)

  test.each(Object.keys(READ_PARAMS))('%s gives the same rows in the same order on both Postgreses', async (readName) => {
    const { browser } = viewers.get(name) as NonNullable<ReturnType<typeof viewers.get>>
    const read = reads[readName]
    if (!read) throw new Error(`there is no read ${readName}`)
    let compared = 0
    for (const params of [asked, second].flatMap(of => READ_PARAMS[readName]?.(of) ?? [])) {
      const here = (await local.query<object>(read.sql, params)).rows
      const answer = await browser.ask(`/api/reads/${readName}?${new URLSearchParams({ params: JSON.stringify(params) })}`)
      if (answer.status === 403) {
        expect(here).toEqual([])
        continue
      }
      expect(answer.status, answer.text).toBe(200)
      const there = answer.json as ReadAnswer
      expect(there.truncated).toBe(here.length > READ_LIMIT)
      expect(rowsOf(there)).toStrictEqual(here.slice(0, READ_LIMIT))
      compared += here.length
    }
    if (name === 'owner') expect(compared).toBeGreaterThan(0)
  })
})
