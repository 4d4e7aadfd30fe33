import { randomUUID } from 'node:crypto'
import { Hash } from '@adonisjs/hash'
import { Scrypt } from '@adonisjs/hash/drivers/scrypt'
import pg from 'pg'
import { inject } from 'vitest'
import type { Role } from '../../../shared/catalogue/roles'
import { until } from '../../support/wait'

export interface Person { id: string, email: string, name: string }

export const PASSWORD = 'a password that people have'
let hash: Promise<string> | undefined

/** PostgreSQL as its superuser, past every rule of the product. */
export function admin(): pg.Pool {
  const pool = new pg.Pool({ connectionString: inject('stack').adminUrl, max: 4 })
  pool.on('error', () => undefined)
  return pool
}

/** Someone who can sign in with PASSWORD. */
export async function makePerson(sql: pg.Pool, name: string): Promise<Person> {
  const person = { id: randomUUID(), name, email: `${name.toLowerCase()}-${randomUUID().slice(0, 8)}@example.com` }
  hash ??= new Hash(new Scrypt({})).make(PASSWORD)
  await sql.query('insert into users (id, email, name) values ($1, $2, $3)', [person.id, person.email, name])
  await sql.query('insert into auth.credentials (user_id, password_hash) values ($1, $2)', [person.id, await hash])
  return person
}

/** A company with a row in each of its entities. Out: its id. */
export async function makeCompany(sql: pg.Pool, owner: Person): Promise<string> {
  const id = randomUUID()
  const [workspace, group] = [randomUUID(), randomUUID()]
  await sql.query('insert into companies (id, name, slug, owner_id) values ($1, $2, $3, $4)', [id, 'A company', `c-${id}`, owner.id])
  await join(sql, id, owner, 'owner')
  await sql.query('insert into user_groups (id, company_id, name) values ($1, $2, $3)', [group, id, 'Group'])
  await sql.query('insert into user_group_members (id, company_id, group_id, user_id) values ($1, $2, $3, $4)', [randomUUID(), id, group, owner.id])
  await sql.query('insert into workspaces (id, company_id, name) values ($1, $2, $3)', [workspace, id, 'Workspace'])
  await sql.query('insert into folders (id, company_id, workspace_id, name) values ($1, $2, $3, $4)', [randomUUID(), id, workspace, 'Folder'])
  await sql.query('insert into leads (id, company_id, name, email, message) values ($1, $2, $3, $4, $5)', [randomUUID(), id, 'Lea', 'lea@example.com', 'Call me.'])
  return id
}

export async function join(sql: pg.Pool, company: string, person: Person, role: Role): Promise<void> {
  await sql.query('insert into company_members (id, company_id, user_id, role, name, email) values ($1, $2, $3, $4, $5, $6)', [randomUUID(), company, person.id, role, '', ''])
}

export async function leave(sql: pg.Pool, company: string, person: Person): Promise<void> {
  await sql.query('delete from company_members where company_id = $1 and user_id = $2', [company, person.id])
}

/**
 * Holds rows fast until so many others wait, then lets them go on at once: what races by luck elsewhere races here for
 * certain. `rows`: a SELECT … FOR UPDATE.
 */
export async function collide<Result>(sql: pg.Pool, rows: string, params: unknown[], count: number, race: () => Promise<Result>): Promise<Result> {
  const holder = await sql.connect()
  try {
    await holder.query('begin')
    await holder.query(rows, params)
    const racing = race()
    await until(`${count} wait for a lock`, async () => (await sql.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'multi-vendor-db'`)).rowCount === count)
    await holder.query('commit')
    return await racing
  }
  finally {
    holder.release()
  }
}
