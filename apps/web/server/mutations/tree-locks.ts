import { sql } from 'drizzle-orm'
import type { Transaction } from '../db/door'
import { Refusal } from '../http/refusal'
import { list } from './rows'

/**
 * Who changes a workspace's tree locks the workspace first, in the order of the keys:
 * - `share`: a folder comes in (create, import); any number at once;
 * - `alone`: folders move, go or come back; nothing else does meanwhile.
 * So a parent that was looked at stays where it is and living, a subtree is whole when it is marked, and no two moves
 * close a ring. Renaming a folder needs none of it.
 */
export type TreeLock = 'share' | 'alone'

interface LockedWorkspace { id: string, is_deleted: boolean, deletion_id: string | null }

/** A tree of some 100,000 folders takes seconds; one that is larger takes longer than any other statement may. */
const ALONE_TIMEOUT = '60s'

/** Locks workspaces of the company; those that there are come back by key. */
export async function lockTrees(tx: Transaction, company: string, ids: readonly string[], lock: TreeLock): Promise<Map<string, LockedWorkspace>> {
  if (lock === 'alone') await tx.execute(sql.raw(`set local statement_timeout = '${ALONE_TIMEOUT}'`))
  // Not FOR UPDATE: that would wait for every foreign key that is being checked.
  const strength = lock === 'share' ? sql`for share` : sql`for no key update`
  const { rows } = await tx.execute<LockedWorkspace & Record<string, unknown>>(sql`
    select id, deleted_at is not null as is_deleted, deletion_id from workspaces
    where company_id = ${company} and id = any(${list(ids)}) order by id ${strength}`)
  return new Map(rows.map(row => [row.id, row]))
}

/** A locked workspace that is to take something in. Throws `not_found` or `parent_deleted`. */
export function requireLiving(locked: ReadonlyMap<string, LockedWorkspace>, id: string): void {
  const workspace = locked.get(id)
  if (!workspace) throw new Refusal('not_found', { fields: { workspace_id: 'There is no such workspace in this company.' } })
  if (workspace.is_deleted) throw new Refusal('parent_deleted', { deletion_id: workspace.deletion_id ?? undefined })
}

interface Parent { id: string, workspace_id: string, deletion_id: string | null, is_deleted: boolean }

/** Folders of the company that are to take something in, by key. Their workspaces are locked, so that they stay as they are. */
export async function parentsOf(tx: Transaction, company: string, ids: readonly string[]): Promise<Map<string, Parent>> {
  if (ids.length === 0) return new Map()
  const { rows } = await tx.execute<Parent & Record<string, unknown>>(sql`
    select id, workspace_id, deletion_id, deleted_at is not null as is_deleted from folders where company_id = ${company} and id = any(${list(ids)})`)
  return new Map(rows.map(row => [row.id, row]))
}

/** One of them, in a workspace; null is its top. Throws `not_found` or `parent_deleted`. */
export function requireParentIn(parents: ReadonlyMap<string, Parent>, workspace: string, parent: string | null): void {
  if (parent === null) return
  const found = parents.get(parent)
  if (found?.workspace_id !== workspace) throw new Refusal('not_found', { fields: { parent_id: 'There is no such folder in this workspace.' } })
  if (found.is_deleted) throw new Refusal('parent_deleted', { deletion_id: found.deletion_id ?? undefined })
}

/** A folder of a locked workspace that is to take something in; null is its top. Throws `not_found` or `parent_deleted`. */
export async function requireParent(tx: Transaction, company: string, workspace: string, parent: string | null): Promise<void> {
  requireParentIn(await parentsOf(tx, company, parent === null ? [] : [parent]), workspace, parent)
}

/** Thrown where rows changed place before their workspace was locked: the whole transaction begins anew. */
export class MovedMeanwhile extends Error {
  /** SQLSTATE of a serialization failure, which it is: whoever begins anew or answers tells it by that. */
  readonly code = '40001'
}

/** The workspaces that folders lie in, by folder; folders of other companies are not there. */
export async function workspacesOf(tx: Transaction, company: string, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await tx.execute<{ id: string, workspace_id: string }>(sql`
    select id, workspace_id from folders where company_id = ${company} and id = any(${list(ids)})`)
  return new Map(rows.map(row => [row.id, row.workspace_id]))
}

/**
 * Locks the workspaces that folders lie in, and `more`, alone. Throws `not_found` where a folder is not of the company,
 * MovedMeanwhile where one has left them by the time they are locked.
 */
export async function lockTreesOf(tx: Transaction, company: string, ids: readonly string[], more: readonly string[] = []): Promise<Map<string, LockedWorkspace>> {
  const before = await workspacesOf(tx, company, ids)
  if (ids.some(id => !before.has(id))) throw new Refusal('not_found')
  const locked = await lockTrees(tx, company, [...new Set([...before.values(), ...more])], 'alone')
  const after = await workspacesOf(tx, company, ids)
  if ([...after.values()].some(workspace => !locked.has(workspace))) throw new MovedMeanwhile('A folder went to another workspace.')
  return locked
}
