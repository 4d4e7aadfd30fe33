import { sql } from 'drizzle-orm'
import * as definitions from '../../shared/mutations/workspace'
import { Refusal } from '../http/refusal'
import { isRestorable, requireNewDeletion } from './deletion'
import { companyEffect } from './effect'
import { noted, notedAfter, notedBefore, textSide } from './noted'
import { changeText, requireMade, touch } from './rows'
import { lockTrees } from './tree-locks'

const entity = 'workspaces'

const create = companyEffect(definitions.workspaceCreate, async (context, { id, name, description = '', position = 'a0' }) =>
  requireMade(await touch(context.tx, entity, notedAfter(context, sql`
    insert into workspaces (id, company_id, name, description, position) values (${id}, ${context.company}, ${name}, ${description}, ${position})
    on conflict do nothing returning id, row_version`, { mutation: 'workspace.create', entity, after: textSide('name', name) }))))

const rename = companyEffect(definitions.workspaceRename, (context, { id, name }) => changeText(context, 'workspaces', id, 'name', name))

const describe = companyEffect(definitions.workspaceDescribe, (context, { id, description }) => changeText(context, 'workspaces', id, 'description', description))

const move = companyEffect(definitions.workspaceMove, async (context, { id, position }) => {
  const { tx, company } = context
  const locked = (await lockTrees(tx, company, [id], 'alone')).get(id)
  if (!locked) throw new Refusal('not_found')
  if (locked.is_deleted) throw new Refusal('deleted', { deletion_id: locked.deletion_id ?? undefined })
  return touch(tx, entity, notedBefore(context, sql`update workspaces set position = ${position} where id = ${id} returning id, row_version`, {
    mutation: 'workspace.move', entity, from: sql`workspaces where id = ${id} and position <> ${position}`,
    before: textSide('position'), after: textSide('position', position),
  }))
})

const NAME = textSide('name')
const WITH_ALL_UNDER = sql`(select count(*)::int from under) + 1`

/** Folders that were deleted before keep their own deletion. */
const remove = companyEffect(definitions.workspaceDelete, async (context, { id, deletion_id: deletion }) => {
  const { tx, company } = context
  const locked = (await lockTrees(tx, company, [id], 'alone')).get(id)
  if (!locked) throw new Refusal('not_found')
  if (locked.is_deleted) throw new Refusal('deleted', { deletion_id: locked.deletion_id ?? undefined })
  await requireNewDeletion(tx, company, deletion)
  return touch(tx, entity, sql`
    with under as (
      update folders set deleted_at = now(), deletion_id = ${deletion} where company_id = ${company} and workspace_id = ${id} and deleted_at is null returning 1
    ), written as (
      update workspaces set deleted_at = now(), deletion_id = ${deletion} where id = ${id} returning id, name, row_version
    ), noted as (${noted(context, { mutation: 'workspace.delete', entity, from: sql`written`, before: NAME, deletion, amount: WITH_ALL_UNDER })})
    select id, row_version from written`)
})

const restore = companyEffect(definitions.workspaceRestore, async (context, { deletion_id: deletion }) => {
  const { tx, company } = context
  const restored = await touch(tx, entity, sql`
    with written as (
      update workspaces set deleted_at = null, deletion_id = null where company_id = ${company} and deletion_id = ${deletion} and ${isRestorable()} returning id, name, row_version
    ), under as (
      update folders set deleted_at = null, deletion_id = null
      where company_id = ${company} and deletion_id = ${deletion} and exists (select from written) returning 1
    ), noted as (${noted(context, { mutation: 'workspace.restore', entity, from: sql`written`, after: NAME, deletion, amount: WITH_ALL_UNDER })})
    select id, row_version from written`)
  if (restored.length === 0) throw new Refusal('not_found')
  return restored
})

export const workspaceEffects = [create, rename, describe, move, remove, restore]
