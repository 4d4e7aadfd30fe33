import { randomUUID } from 'node:crypto'
import { Hash } from '@adonisjs/hash'
import { Scrypt } from '@adonisjs/hash/drivers/scrypt'
import type pg from 'pg'
import { PASSWORD } from './page'

export type Role = 'owner' | 'admin' | 'member' | 'guest'
export interface Person { id: string, email: string, name: string }
export interface Company { id: string, slug: string, workspaces: string[] }

let count = 0

/** A person who can sign in with the demo password; the hash is a demo account's own. */
export async function person(sql: pg.Pool, name: string): Promise<Person> {
  const made = { id: randomUUID(), name, email: `${name.toLowerCase()}-${++count}-${process.pid}@example.com` }
  await sql.query('insert into users (id, email, name, preferences) values ($1, $2, $3, $4)', [made.id, made.email, name, { theme: 'dark' }])
  await sql.query('insert into auth.credentials (user_id, password_hash) select $1, password_hash from auth.credentials limit 1', [made.id])
  return made
}

/** Someone with the demo password, for a stack without the demo's people: all others get the same. */
export async function firstPassword(sql: pg.Pool): Promise<void> {
  const id = randomUUID()
  await sql.query('insert into users (id, email, name) values ($1, $2, $3)', [id, `${id}@example.com`, 'First'])
  await sql.query('insert into auth.credentials (user_id, password_hash) values ($1, $2)', [id, await new Hash(new Scrypt({})).make(PASSWORD)])
}

export async function join(sql: pg.Pool, company: string, who: Person, role: Role): Promise<string> {
  const id = randomUUID()
  await sql.query('insert into company_members (id, company_id, user_id, role, name, email) values ($1, $2, $3, $4, $5, $6)', [id, company, who.id, role, who.name, who.email])
  return id
}

/**
 * A company with people, groups, leads, workspaces and a tree of folders, three levels deep.
 * The values hold what has broken a sync before: tabs, backslashes, `\N`, carriage returns, null, jsonb, microseconds.
 */
export async function company(sql: pg.Pool, people: [Person, Role][], { workspaces = 2, folders = 60 } = {}): Promise<Company> {
  const id = randomUUID()
  const slug = `company-${++count}-${process.pid}`
  const owner = people[0]?.[0]
  if (!owner) throw new Error('a company needs a person')
  await sql.query('insert into companies (id, name, slug, owner_id, settings) values ($1, $2, $3, $4, $5)', [id, `Company ${count} «\\N»\tand tab`, slug, owner.id, { colours: ['a\\b', null], deep: { n: 1.50 }, form: { open: true, consent: '', privacy_url: '' } }])
  for (const [who, role] of people) await join(sql, id, who, role)
  const spaces = Array.from({ length: workspaces }, () => randomUUID())
  for (const [n, space] of spaces.entries()) {
    await sql.query('insert into workspaces (id, company_id, name, position) values ($1, $2, $3, $4)', [space, id, `Workspace ${n + 1}`, `a${n}`])
    await grow(sql, id, space, Math.ceil(folders / workspaces))
  }
  const group = await addGroup(sql, id, 'Editors')
  for (const [who] of people) await addToGroup(sql, id, group, who)
  for (const message of ['plain', '\\N', 'two\r\nlines\tand a tab', '']) await addLead(sql, id, message)
  return { id, slug, workspaces: spaces }
}

/** Adds so many folders to a workspace: each tenth is a parent of the nine after it. */
export async function grow(sql: pg.Pool, companyId: string, workspace: string, folders: number): Promise<void> {
  await sql.query(`
    with made as (select n, gen_random_uuid() as id from generate_series(0, $3::int - 1) n),
    parents as (select n, id from made where n % 10 = 0)
    insert into folders (id, company_id, workspace_id, parent_id, name, description, position)
    select made.id, $1, $2, case when made.n % 10 = 0 then null else parents.id end,
      'Folder ' || made.n || case when made.n % 7 = 0 then E' \\\\N\\ttab' else '' end,
      repeat('words of a description ', 8), 'a' || lpad(made.n::text, 6, '0')
    from made join parents on parents.n = made.n - made.n % 10
    order by made.n`, [companyId, workspace, folders])
}

export async function addGroup(sql: pg.Pool, companyId: string, name: string): Promise<string> {
  const id = randomUUID()
  await sql.query('insert into user_groups (id, company_id, name) values ($1, $2, $3)', [id, companyId, name])
  return id
}

export async function addToGroup(sql: pg.Pool, companyId: string, group: string, who: Person): Promise<string> {
  const id = randomUUID()
  await sql.query('insert into user_group_members (id, company_id, group_id, user_id) values ($1, $2, $3, $4)', [id, companyId, group, who.id])
  return id
}

export async function addLead(sql: pg.Pool, companyId: string, message: string): Promise<string> {
  const id = randomUUID()
  await sql.query('insert into leads (id, company_id, name, email, message, score) values ($1, $2, $3, $4, $5, 40)', [id, companyId, 'Lea Dern', 'lea@example.com', message])
  return id
}

/** Folders of one company in the order of their names' positions. */
export async function foldersOf(sql: pg.Pool, companyId: string): Promise<{ id: string, parent_id: string | null, workspace_id: string }[]> {
  const { rows } = await sql.query<{ id: string, parent_id: string | null, workspace_id: string }>('select id, parent_id, workspace_id from folders where company_id = $1 and deleted_at is null order by workspace_id, position', [companyId])
  return rows
}
