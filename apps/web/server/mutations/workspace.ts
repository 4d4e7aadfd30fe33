import { sql } from 'drizzle-orm'
import * as definitions from '../../shared/mutations/workspace'
import { Refusal } from '../http/refusal'
import { isRestorable, requireNewDeletion } from './deletion'
import { companyEffect } from './effect'
import { changeText, requireMade, touch } from './rows'
import { lockTrees } from './tree-locks'

const create = companyEffect(definitions.workspaceCreate, async ({ tx, company }, { id, name, description = '', position = 'a0' }) =>
  requireMade(await touch(tx, 'workspaces', sql`
    insert into workspaces (id, company_id, name, description, position) values (${id}, ${company}, ${name}, ${description}, ${position})
    on conflict do nothing returning id, row_version`)))

const rename = companyEffect(definitions.workspaceRename, (context, { id, name }) => changeText(context, 'workspaces', id, 'name', name))

const describe = companyEffect(definitions.workspaceDescribe, (context, { id, description }) => changeText(context, 'workspaces', id, 'description', description))

const move = companyEffect(definitions.workspaceMove, async ({ tx, company }, { id, position }) => {
  const locked = (await lockTrees(tx, company, [id], 'alone')).get(id)
  if (!locked) throw new Refusal('not_found')
  if (locked.is_deleted) throw new Refusal('deleted', { deletion_id: locked.deletion_id ?? undefined })
  return touch(tx, 'workspaces', sql`update workspaces set position = ${position} where id = ${id} returning id, row_version`)
})

/** Folders that were deleted before keep their own deletion. */
const remove = companyEffect(definitions.workspaceDelete, async ({ tx, company }, { id, deletion_id: deletion }) => {
  const locked = (await lockTrees(tx, company, [id], 'alone')).get(id)
  if (!locked) throw new Refusal('not_found')
  if (locked.is_deleted) throw new Refusal('deleted', { deletion_id: locked.deletion_id ?? undefined })
  await requireNewDeletion(tx, company, deletion)
  await tx.execute(sql`update folders set deleted_at = now(), deletion_id = ${deletion} where company_id = ${company} and workspace_id = ${id} and deleted_at is null`)
  return touch(tx, 'workspaces', sql`update workspaces set deleted_at = now(), deletion_id = ${deletion} where id = ${id} returning id, row_version`)
})

const restore = companyEffect(definitions.workspaceRestore, async ({ tx, company }, { deletion_id: deletion }) => {
  const restored = await touch(tx, 'workspaces', sql`
    update workspaces set deleted_at = null, deletion_id = null where company_id = ${company} and deletion_id = ${deletion} and ${isRestorable()} returning id, row_version`)
  if (restored.length === 0) throw new Refusal('not_found')
  await tx.execute(sql`update folders set deleted_at = null, deletion_id = null where company_id = ${company} and deletion_id = ${deletion}`)
  return restored
})

export const workspaceEffects = [create, rename, describe, move, remove, restore]
