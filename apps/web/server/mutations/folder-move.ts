import { sql } from 'drizzle-orm'
import type { TouchedRow } from '../../shared/protocol/mutations'
import { Refusal } from '../http/refusal'
import type { CompanyContext } from './effect'
import { noted, placeSide, textSide } from './noted'
import { list, touch } from './rows'
import { lockTreesOf, requireLiving, requireParent } from './tree-locks'

interface Move { ids: string[], workspace_id: string, parent_id: string | null, position?: string }

/**
 * Moves folders, each with all under it, to one place, maybe of another workspace. All of them or none. Throws
 * `not_found`, `deleted`, `parent_deleted` or `would_make_ring`.
 */
export async function moveFolders(context: CompanyContext, to: Move): Promise<TouchedRow[]> {
  const { tx, company } = context
  const { ids, workspace_id: workspace, parent_id: parent, position } = to
  const locked = await lockTreesOf(tx, company, ids, [workspace])
  requireLiving(locked, workspace)
  await requireParent(tx, company, workspace, parent)
  const { rows: [gone] } = await tx.execute<{ deletion_id: string | null }>(sql`
    select deletion_id from folders where id = any(${list(ids)}) and deleted_at is not null limit 1`)
  if (gone) throw new Refusal('deleted', { deletion_id: gone.deletion_id ?? undefined })
  if (parent !== null && await liesUnder(tx, parent, ids)) throw new Refusal('would_make_ring')
  await carry(context, to)
  return touch(tx, 'folders', sql`
    update folders set parent_id = ${parent}, position = coalesce(${position ?? null}, position) where id = any(${list(ids)})
    returning id, row_version`)
}

/** Whether a folder is one of some others, or lies under one. Its workspace is locked, so that the way up stands still. */
async function liesUnder(tx: CompanyContext['tx'], folder: string, ids: readonly string[]): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    with recursive way as (
      select id, parent_id from folders where id = ${folder}
      union
      select up.id, up.parent_id from way join folders up on up.id = way.parent_id
    )
    select 1 from way where id = any(${list(ids)}) limit 1`)
  return rows.length > 0
}

/**
 * Brings what lies under folders of other workspaces over, deleted rows too: they come back to where their parents are.
 * A parent lives in its child's workspace, which is checked when the statement is over, so that it is one statement: the
 * tops lose their parents by it, which stay behind. It notes the move, because it is the last that sees where they were.
 */
async function carry(context: CompanyContext, { ids, workspace_id: workspace, parent_id: parent, position }: Move): Promise<void> {
  const [above, place] = [sql`${parent}::uuid`, sql`${position ?? null}::text`]
  const goes = sql`(workspace_id, parent_id) is distinct from (${workspace}::uuid, ${above})`
  await context.tx.execute(sql`
    with recursive subtree as (
      select id, workspace_id from folders where id = any(${list(ids)}) and workspace_id <> ${workspace}
      union
      select child.id, child.workspace_id from subtree cross join lateral (
        select id, workspace_id from folders where workspace_id = subtree.workspace_id and parent_id = subtree.id offset 0) child
    ), noted as (${noted(context, {
      mutation: 'folder.move', entity: 'folders', from: sql`folders moved where id = any(${list(ids)}) and (${goes} or position <> ${place})`,
      before: sql`case when ${goes} then ${placeSide(sql`moved.workspace_id`, sql`moved.parent_id`)} else ${textSide('position')} end`,
      after: sql`case when ${goes} then ${placeSide(sql`${workspace}::uuid`, above)} else ${textSide('position', position ?? '')} end`,
    })})
    update folders set workspace_id = ${workspace}, parent_id = case when id = any(${list(ids)}) then null else parent_id end
    where id in (select id from subtree)`)
}
