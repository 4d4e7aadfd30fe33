import { randomUUID } from 'node:crypto'
import type { PGlite } from '@electric-sql/pglite'
import { currentMutation } from '../../../shared/mutations/index'
import type { JournalEntry, NewEntry } from '../../../shared/journal/entry'
import type { Edit } from './story'

interface Given { company: string, edit: Edit, which: number, other: number, text: string, journal: readonly JournalEntry[], at: number }

/** One row that the person sees, chosen by number. */
async function seen(database: PGlite, table: string, company: string, number: number): Promise<Record<string, string> | undefined> {
  const { rows } = await database.query<Record<string, string>>(`SELECT * FROM app_read.${table} WHERE company_id = $1 ORDER BY id`, [company])
  return rows[number % Math.max(1, rows.length)]
}

/**
 * An edit that a person makes of what they see on their device now, as a page gives it to the journal; undefined where
 * there is nothing to edit, or the form would not take it.
 */
export async function editOf(database: PGlite, { company, edit, which, other, text, journal, at }: Given): Promise<NewEntry | undefined> {
  const see = (table: string, number = which) => seen(database, table, company, number)
  const made = await (async (): Promise<{ input: Record<string, unknown>, base?: Record<string, unknown> } | undefined> => {
    switch (edit) {
      case 'folder.create': {
        const [workspace, parent] = [await see('workspaces', other), await see('folders')]
        if (!workspace) return undefined
        return { input: { id: randomUUID(), name: text, ...parent && which % 3 > 0 ? { workspace_id: parent['workspace_id'], parent_id: parent['id'] } : { workspace_id: workspace['id'], parent_id: null } } }
      }
      case 'folder.rename': case 'workspace.rename': case 'group.rename': {
        const row = await see({ folder: 'folders', workspace: 'workspaces', group: 'user_groups' }[edit.split('.')[0] as 'folder'])
        return row && { input: { id: row['id'], name: text }, base: { name: row['name'] } }
      }
      case 'folder.describe': {
        const row = await see('folders')
        return row && { input: { id: row['id'], description: text }, base: { description: row['description'] } }
      }
      case 'folder.move': {
        const [row, to] = [await see('folders'), await see('folders', other)]
        return row && to && { input: { ids: [row['id']], workspace_id: to['workspace_id'], parent_id: to['id'] } }
      }
      case 'folder.delete': {
        const row = await see('folders')
        return row && { input: { ids: [row['id']], deletion_id: randomUUID() } }
      }
      case 'folder.restore': {
        const deletions = journal.filter(({ mutation }) => mutation.name === 'folder.delete' && mutation.company === company)
        const deletion = deletions[which % Math.max(1, deletions.length)]
        return deletion && { input: { deletion_id: deletion.mutation.input['deletion_id'] } }
      }
      case 'workspace.create': return { input: { id: randomUUID(), name: text } }
      case 'workspace.delete': {
        const row = await see('workspaces')
        return row && { input: { id: row['id'], deletion_id: randomUUID() } }
      }
      case 'group.create': return { input: { id: randomUUID(), name: text } }
      case 'group.delete': {
        const row = await see('user_groups')
        return row && { input: { id: row['id'] } }
      }
      case 'group.add-people': {
        const [group, member] = [await see('user_groups', other), await see('company_members')]
        return group && member && { input: { group_id: group['id'], people: [{ id: randomUUID(), user_id: member['user_id'] }] } }
      }
      case 'group.remove-people': {
        const place = await see('user_group_members')
        return place && { input: { group_id: place['group_id'], user_ids: [place['user_id']] } }
      }
      case 'company.settings': return { input: { settings: { [`key${which % 3}`]: other % 4 === 0 ? null : text } } }
      case 'person.preferences': return { input: { preferences: { [`key${which % 3}`]: other % 4 === 0 ? null : text } } }
    }
  })()
  if (!made) return undefined
  const { version, input } = currentMutation(edit)
  const checked = input.safeParse(made.input)
  if (!checked.success) return undefined
  return { mutation: { id: randomUUID(), name: edit, version, ...edit !== 'person.preferences' && { company }, input: checked.data as Record<string, unknown>, ...made.base && { base: made.base } }, about: '', at }
}
