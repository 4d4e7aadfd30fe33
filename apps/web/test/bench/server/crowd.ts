import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { signIn, type SignedIn } from '../../support/sealed-cookie'

/** A company with folders, and the browsers of its members. */
export interface Crowded { company: string, folders: string[], members: SignedIn[] }

/** So many folders has each company: about one page of a list, many times. */
const FOLDERS = 500

/** Companies with so many members between them, each signed in once. */
export async function makeCrowd(sql: pg.Pool, viewers: number, companies: number, password: string): Promise<Crowded[]> {
  const made: Crowded[] = []
  for (let n = 0; n < companies; n++) {
    const count = Math.floor(viewers / companies) + (n < viewers % companies ? 1 : 0)
    const [company, workspace] = [randomUUID(), randomUUID()]
    const people = Array.from({ length: Math.max(1, count) }, () => randomUUID())
    await sql.query(`insert into users (id, email, name) select id, id || '@example.com', 'Viewer' from unnest($1::uuid[]) id`, [people])
    await sql.query(`insert into companies (id, name, slug, owner_id) values ($1::uuid, 'Crowd', 'crowd-' || $1::text, $2)`, [company, people[0]])
    await sql.query(`insert into company_members (id, company_id, user_id, role, name, email) select gen_random_uuid(), $1, id, 'member', '', '' from unnest($2::uuid[]) id`, [company, people])
    await sql.query(`insert into workspaces (id, company_id, name) values ($1, $2, 'Workspace')`, [workspace, company])
    const { rows } = await sql.query<{ id: string }>(`
      insert into folders (id, company_id, workspace_id, name, description, position)
      select gen_random_uuid(), $1, $2, 'Folder ' || n, repeat('words of a description ', 4), 'a' || lpad(n::text, 6, '0') from generate_series(1, $3::int) n returning id`,
    [company, workspace, FOLDERS])
    made.push({ company, folders: rows.map(({ id }) => id), members: count > 0 ? await signIn(sql, people, password) : [] })
  }
  return made
}
