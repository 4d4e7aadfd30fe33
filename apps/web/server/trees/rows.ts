import { sql } from 'drizzle-orm'
import type { Transaction } from '../db/door'

export interface WorkspaceRow { id: string, name: string, description: string, position: string }
export interface FolderRow { id: string, workspace_id: string, parent_id: string | null, name: string, description: string, position: string }
export type ThereRow = Pick<FolderRow, 'id' | 'workspace_id' | 'parent_id' | 'name' | 'position'>

const uuids = (values: readonly (string | null)[]) => sql`${sql.param(values)}::uuid[]`
const texts = (values: readonly string[]) => sql`${sql.param(values)}::text[]`

/** Living workspaces of some names, the first of each name first. */
export async function findWorkspaces(tx: Transaction, company: string, names: readonly string[]): Promise<{ id: string, name: string }[]> {
  return (await tx.execute<{ id: string, name: string }>(sql`
    select id, name from workspaces where company_id = ${company} and name = any(${texts(names)}) and deleted_at is null
    order by position collate "C", id`)).rows
}

/** The last place among the workspaces of a company; undefined where there is none. */
export async function lastPosition(tx: Transaction, company: string): Promise<string | undefined> {
  const { rows: [last] } = await tx.execute<{ position: string | null }>(sql`
    select max(position collate "C") as position from workspaces where company_id = ${company} and deleted_at is null`)
  return last?.position ?? undefined
}

/** Living folders of some workspaces, siblings in their order. */
export async function readFolders(tx: Transaction, company: string, workspaces: readonly string[]): Promise<ThereRow[]> {
  return (await tx.execute<ThereRow & Record<string, unknown>>(sql`
    select id, workspace_id, parent_id, name, position from folders
    where company_id = ${company} and workspace_id = any(${uuids(workspaces)}) and deleted_at is null
    order by position collate "C", lower(name collate "C"), name collate "C", id`)).rows
}

/** Which of some folders are living, with the workspace that each is in. */
export async function findLiving(tx: Transaction, company: string, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await tx.execute<{ id: string, workspace_id: string }>(sql`
    select id, workspace_id from folders where company_id = ${company} and id = any(${uuids(ids)}) and deleted_at is null`)
  return new Map(rows.map(row => [row.id, row.workspace_id]))
}

/** What has a key already, and where it is; of another company's row nothing but that it is there. */
export interface TakenRow { workspace_id: string | null, parent_id: string | null, name: string | null, is_deleted: boolean }

/** Which of some keys are taken, by whatever row of whatever company. */
export async function findTaken(tx: Transaction, table: 'workspaces' | 'folders', ids: readonly string[]): Promise<Map<string, TakenRow>> {
  const place = table === 'folders' ? sql`workspace_id, parent_id` : sql`null::uuid as workspace_id, null::uuid as parent_id`
  const { rows: own } = await tx.execute<TakenRow & { id: string } & Record<string, unknown>>(sql`
    select id, ${place}, name, deleted_at is not null as is_deleted from ${sql.identifier(table)} where id = any(${uuids(ids)})`)
  const taken = new Map<string, TakenRow>(own.map(row => [row.id, row]))
  const others = ids.filter(id => !taken.has(id))
  const { rows } = await tx.execute<{ id: string }>(sql`select auth.taken_keys(${table}, ${uuids(others)}) as id`)
  for (const { id } of rows) taken.set(id, { workspace_id: null, parent_id: null, name: null, is_deleted: false })
  return taken
}

export async function insertWorkspaces(tx: Transaction, company: string, rows: readonly WorkspaceRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    insert into workspaces (id, company_id, name, description, position)
    select id, ${company}, name, description, position
    from unnest(${uuids(rows.map(row => row.id))}, ${texts(rows.map(row => row.name))}, ${texts(rows.map(row => row.description))},
      ${texts(rows.map(row => row.position))}) as made (id, name, description, position)`)
}

/** Parents come before children, or in the same statement: the foreign key is looked at when it ends. */
export async function insertFolders(tx: Transaction, company: string, rows: readonly FolderRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    insert into folders (id, company_id, workspace_id, parent_id, name, description, position)
    select id, ${company}, workspace_id, parent_id, name, description, position
    from unnest(${uuids(rows.map(row => row.id))}, ${uuids(rows.map(row => row.workspace_id))}, ${uuids(rows.map(row => row.parent_id))},
      ${texts(rows.map(row => row.name))}, ${texts(rows.map(row => row.description))}, ${texts(rows.map(row => row.position))})
      as made (id, workspace_id, parent_id, name, description, position)`)
}
