import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { addGroup, addLead, grow, join } from '../../support/people'
import type { Person } from '../../support/people'
import type { Act, Role } from './story'
import { ROLES } from './story'

/** Who and what an act is about. */
export interface Scene {
  sql: pg.Pool
  people: readonly Person[]
  companies: readonly string[]
}

interface Given { company: number, which: number, other: number, text: string }

/** One row of a company's, chosen by number, in an order that the same story finds again. */
const one = (table: string, where = 'true', number = ':which') => `(
  select id from ${table} where company_id = :company and ${where} order by created_at, name, id
  offset (${number}::int % greatest(1, (select count(*) from ${table} where company_id = :company and ${where}))) limit 1)`

const living = 'deleted_at is null'

/** A statement whose values have names, as the driver wants it: `a::int` is a cast, `:a` a value. */
function named(statement: string, values: Record<string, string | number>): [string, (string | number)[]] {
  const used: string[] = []
  const text = statement.replaceAll(/(?<!:):([a-z]+)/g, (_, name: string) => {
    if (!used.includes(name)) used.push(name)
    return `$${used.indexOf(name) + 1}`
  })
  return [text, used.map(name => values[name] ?? '')]
}

/** Acts that are one statement. */
const STATEMENTS: Partial<Record<Act, string>> = {
  'folder-rename': `update folders set name = :text where id = ${one('folders', living)}`,
  'folder-move': `update folders f set parent_id = p.id, position = 'm' || :text from folders p where f.id = ${one('folders', living)} and p.id = ${one('folders', living, ':other')} and p.workspace_id = f.workspace_id and p.id <> f.id`,
  'folder-delete': `update folders set deleted_at = now(), deletion_id = gen_random_uuid() where id = ${one('folders', living)}`,
  'folder-restore': `update folders set deleted_at = null, deletion_id = null, name = :text where id = ${one('folders', 'deleted_at is not null')}`,
  'folder-remove': `delete from folders f where f.id = ${one('folders')} and not exists (select from folders c where c.parent_id = f.id)`,
  'folders-touch': `update folders set description = :text where company_id = :company`,
  'workspace-rename': `update workspaces set name = :text where id = ${one('workspaces')}`,
  'workspace-delete': `update workspaces set deleted_at = now(), deletion_id = gen_random_uuid(), description = :text where id = ${one('workspaces', living)}`,
  'workspace-restore': `update workspaces set deleted_at = null, deletion_id = null, description = :text where id = ${one('workspaces', 'deleted_at is not null')}`,
  'group-rename': `update user_groups set name = :text where id = ${one('user_groups')}`,
  'group-remove': `delete from user_groups where id = ${one('user_groups')}`,
  'group-leave': 'delete from user_group_members where id = (select id from user_group_members where company_id = :company order by created_at, id offset :which::int % 3 limit 1)',
  // What a visitor entered nobody changes.
  'lead-change': `update leads set message = :text, score = :other where id = ${one('leads', 'id not in (select id from auth.lead_receipts)')}`,
  'lead-remove': `delete from leads where id = ${one('leads')}`,
  'company-rename': 'update companies set name = :text, settings = jsonb_build_object(\'n\', :other::int, \'form\', settings -> \'form\') where id = :company',
  'company-delete': 'update companies set deleted_at = now() where id = :company and deleted_at is null',
  'company-restore': 'update companies set deleted_at = null where id = :company',
}

/** Does an act, at the server and past its rules: what the browsers see of it is the test. */
export async function actOut(scene: Scene, act: Act, { company, which, other, text }: Given): Promise<void> {
  const { sql, people, companies } = scene
  const id = companies[company % companies.length] ?? ''
  const who = people[which % people.length]
  if (!who) throw new Error('a story needs people')
  const statement = STATEMENTS[act]
  if (statement) return void await sql.query(...named(statement, { company: id, which, other, text }))
  switch (act) {
    case 'folder-add': return void await sql.query(...named(`
      insert into folders (id, company_id, workspace_id, parent_id, name, position)
      select :id::uuid, :company::uuid, w.id, (select f.id from folders f where f.workspace_id = w.id and f.deleted_at is null order by created_at, id offset :other::int % 7 limit 1), :text::text, 'z'
      from workspaces w where w.id = ${one('workspaces', living)}`, { company: id, which, other, text, id: randomUUID() }))
    case 'folders-bulk': {
      const { rows: [space] } = await sql.query<{ id: string | null }>(...named(`select ${one('workspaces', living)} as id`, { company: id, which }))
      if (space?.id) await grow(sql, id, space.id, other % 400)
      return
    }
    case 'workspace-add': return void await sql.query('insert into workspaces (id, company_id, name, position) values ($1, $2, $3, $4)', [randomUUID(), id, text, `b${other}`])
    case 'group-add': return void await addGroup(sql, id, text)
    case 'group-join': return void await sql.query(...named(`
      insert into user_group_members (id, company_id, group_id, user_id)
      select :id::uuid, :company::uuid, g.id, m.user_id from user_groups g, company_members m
      where g.id = ${one('user_groups')} and m.company_id = :company and m.user_id = :who::uuid on conflict do nothing`, { company: id, which, id: randomUUID(), who: who.id }))
    case 'lead-add': return void await addLead(sql, id, text)
    case 'person-rename': return void await sql.query('update users set name = $2, preferences = jsonb_build_object(\'n\', $3::int) where id = $1', [who.id, text || 'nameless', other])
    case 'role': return void await sql.query('update company_members set role = $3 where company_id = $1 and user_id = $2', [id, who.id, roleOf(other)])
    case 'leave': return void await sql.query('delete from company_members where company_id = $1 and user_id = $2', [id, who.id])
    case 'rejoin': {
      const { rowCount } = await sql.query('select from company_members where company_id = $1 and user_id = $2', [id, who.id])
      if (rowCount === 0) await join(sql, id, who, roleOf(other))
      return
    }
    case 'session-end': return void await sql.query('update auth.sessions set expires_at = now() - interval \'1 s\' where user_id = $1', [who.id])
    case 'session-back': return sessionsBack(sql, [who])
    case 'many-at-once': return manyAtOnce(sql, id, text)
  }
}

const roleOf = (number: number): Role => ROLES[number % ROLES.length] ?? 'guest'

/** People who were signed out sign in again. */
export async function sessionsBack(sql: pg.Pool, people: readonly Person[]): Promise<void> {
  await sql.query('update auth.sessions set expires_at = now() + interval \'30 days\' where user_id = any($1::uuid[])', [people.map(({ id }) => id)])
}

/** One transaction over several shapes, in which a row is changed more than once. */
async function manyAtOnce(sql: pg.Pool, company: string, text: string): Promise<void> {
  const client = await sql.connect()
  try {
    await client.query('begin')
    await client.query('update companies set settings = jsonb_build_object(\'t\', $2::text, \'form\', settings -> \'form\') where id = $1', [company, text])
    await client.query('update folders set name = $2 where company_id = $1 and deleted_at is null', [company, text])
    await client.query('insert into leads (id, company_id, name, email, message) values ($1, $2, \'Lea\', \'lea@example.com\', $3)', [randomUUID(), company, text])
    await client.query('update folders set name = name || \' twice\' where company_id = $1 and deleted_at is null', [company])
    await client.query('update workspaces set name = $2 where company_id = $1', [company, text])
    await client.query('commit')
  }
  catch (error) {
    await client.query('rollback')
    throw error
  }
  finally {
    client.release()
  }
}
