import { sql } from 'drizzle-orm'
import * as definitions from '../../shared/mutations/folder'
import { Refusal } from '../http/refusal'
import { isRestorable, requireNewDeletion } from './deletion'
import { companyEffect, manyEffect } from './effect'
import { createFolders } from './folder-create'
import { moveFolders } from './folder-move'
import { noted, textSide } from './noted'
import { changeTexts, list, touch } from './rows'
import { lockTrees, lockTreesOf, MovedMeanwhile, requireLiving } from './tree-locks'

const entity = 'folders'
const NAME = textSide('name')

const create = manyEffect(definitions.folderCreate, createFolders)

const rename = manyEffect(definitions.folderRename, (context, edits) => changeTexts(context, 'folders', 'name', edits))

const describe = manyEffect(definitions.folderDescribe, (context, edits) => changeTexts(context, 'folders', 'description', edits))

const move = companyEffect(definitions.folderMove, moveFolders)

/**
 * Marks the folders and all that lies under them, in one statement. Who was deleted before keeps that deletion; where
 * nothing is left to delete, the deletion is empty and nobody is told of a change.
 */
const remove = companyEffect(definitions.folderDelete, async (context, { ids, deletion_id: deletion }) => {
  const { tx, company } = context
  await lockTreesOf(tx, company, ids)
  await requireNewDeletion(tx, company, deletion)
  // OFFSET 0: level by level by the index, whatever the statistics say; a hash of the whole table for each of many levels would take minutes.
  return touch(tx, 'folders', sql`
    with recursive subtree as (
      select id, workspace_id from folders where company_id = ${company} and id = any(${list(ids)}) and deleted_at is null
      union
      select child.id, child.workspace_id from subtree cross join lateral (
        select id, workspace_id from folders
        where workspace_id = subtree.workspace_id and parent_id = subtree.id and deleted_at is null offset 0) child
    ), marked as (
      update folders set deleted_at = now(), deletion_id = ${deletion} where id in (select id from subtree) returning id, parent_id, name, row_version
    ), noted as (${noted(context, {
      mutation: 'folder.delete', entity, from: sql`marked where id = any(${list(ids)})`, before: NAME, deletion,
      amount: sql`case when parent_id in (select id from marked) then null else (select count(*)::int from marked) end`,
    })})
    select id, row_version from marked where id = any(${list(ids)})`)
})

const restore = companyEffect(definitions.folderRestore, async (context, { deletion_id: deletion }) => {
  const { tx, company } = context
  const places = async () => (await tx.execute<{ workspace_id: string }>(sql`
    select distinct workspace_id from folders where company_id = ${company} and deletion_id = ${deletion} and ${isRestorable()}`)).rows.map(row => row.workspace_id)
  const before = await places()
  if (before.length === 0) throw new Refusal('not_found')
  const locked = await lockTrees(tx, company, before, 'alone')
  const after = await places()
  if (after.length === 0) throw new Refusal('not_found')
  if (after.some(id => !locked.has(id))) throw new MovedMeanwhile('A deleted folder went to another workspace.')
  for (const id of after) requireLiving(locked, id)
  // The tops of what was deleted. No join of the deletion with itself: its size is nothing that PostgreSQL could know.
  const { rows: tops } = await tx.execute<{ id: string, is_gone: boolean | null, deletion_id: string | null }>(sql`
    select child.id, parent.deleted_at is not null as is_gone, parent.deletion_id
    from folders child left join folders parent on parent.id = child.parent_id
    where child.company_id = ${company} and child.deletion_id = ${deletion} and parent.deletion_id is distinct from ${deletion}`)
  // Its parent went before it, or after it: restored alone it would hang on nothing that anybody sees.
  const gone = tops.find(top => top.is_gone)
  if (gone) throw new Refusal('parent_deleted', { deletion_id: gone.deletion_id ?? undefined })
  const topKeys = list(tops.map(top => top.id))
  return touch(tx, entity, sql`
    with back as (
      update folders set deleted_at = null, deletion_id = null where company_id = ${company} and deletion_id = ${deletion} returning id, name, row_version
    ), noted as (${noted(context, {
      mutation: 'folder.restore', entity, from: sql`back where id = any(${topKeys})`, after: NAME, deletion, amount: sql`(select count(*)::int from back)`,
    })})
    select id, row_version from back where id = any(${topKeys})`)
})

export const folderEffects = [create, rename, describe, move, remove, restore]
