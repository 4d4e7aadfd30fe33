import { randomUUID } from 'node:crypto'
import type pg from 'pg'

/** Puts a workspace into a company past every rule of the product. Out: its id. */
export async function makeWorkspace(sql: pg.Pool, company: string, name = 'Workspace'): Promise<string> {
  const id = randomUUID()
  await sql.query('insert into workspaces (id, company_id, name) values ($1, $2, $3)', [id, company, name])
  return id
}

/** Puts a folder into a workspace. Out: its id. */
export async function makeFolder(sql: pg.Pool, company: string, workspace: string, parent: string | null = null, name = 'Folder'): Promise<string> {
  const id = randomUUID()
  await sql.query('insert into folders (id, company_id, workspace_id, parent_id, name) values ($1, $2, $3, $4, $5)', [id, company, workspace, parent, name])
  return id
}

/** Puts a group into a company. Out: its id. */
export async function makeGroup(sql: pg.Pool, company: string, name = 'Group'): Promise<string> {
  const id = randomUUID()
  await sql.query('insert into user_groups (id, company_id, name) values ($1, $2, $3)', [id, company, name])
  return id
}

/** Puts a lead into a company. Out: its id. */
export async function makeLead(sql: pg.Pool, company: string, name = 'Visitor'): Promise<string> {
  const id = randomUUID()
  await sql.query('insert into leads (id, company_id, name, email, message) values ($1, $2, $3, $4, $5)', [id, company, name, 'visitor@example.com', 'Please call me.'])
  return id
}

export interface FolderState { id: string, workspace_id: string, parent_id: string | null, name: string, deletion_id: string | null, row_version: number }

/** Folders as they stand, by id. */
export async function foldersBy(sql: pg.Pool, ids: readonly string[]): Promise<Map<string, FolderState>> {
  const { rows } = await sql.query<FolderState>('select id, workspace_id, parent_id, name, deletion_id, row_version::int from folders where id = any($1)', [ids])
  return new Map(rows.map(row => [row.id, row]))
}
