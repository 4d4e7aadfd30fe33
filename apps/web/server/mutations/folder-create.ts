import { sql } from 'drizzle-orm'
import { Refusal } from '../http/refusal'
import type { Done, Edit, ManyContext } from './effect'
import { notedAfter, placeSide, textSide } from './noted'
import { keyTaken, list, touch } from './rows'
import { lockTrees, parentsOf, requireLiving, requireParentIn } from './tree-locks'

interface NewFolder { id: string, workspace_id: string, parent_id: string | null, name: string, description?: string, position?: string }

/** Makes folders, none in another of them. Refuses with `not_found`, `parent_deleted`, or `invalid_input` where another row has the key. */
export async function createFolders(context: ManyContext, edits: readonly Edit<NewFolder>[]): Promise<Done[]> {
  const { tx, company } = context
  const inputs = edits.map(({ input }) => input)
  const locked = await lockTrees(tx, company, [...new Set(inputs.map(input => input.workspace_id))], 'share')
  const parents = await parentsOf(tx, company, [...new Set(inputs.flatMap(input => input.parent_id ?? []))])
  const refusals = inputs.map(({ workspace_id: workspace, parent_id: parent }) => refusalOf(() => {
    requireLiving(locked, workspace)
    requireParentIn(parents, workspace, parent)
  }))
  const accepted = inputs.filter((_, place) => !refusals[place])
  const column = (value: (folder: NewFolder) => string | null) => sql.param(accepted.map(value))
  // In one order, whoever asks: two that make the same keys the other way round would wait for each other.
  const made = accepted.length === 0
    ? []
    : await touch(tx, 'folders', notedAfter(context, sql`
    insert into folders (id, company_id, workspace_id, parent_id, name, description, position)
    select made.id, ${company}::uuid, made.workspace_id, made.parent_id, made.name, made.description, made.position
    from unnest(${list(accepted.map(({ id }) => id))}, ${column(folder => folder.workspace_id)}::uuid[], ${column(folder => folder.parent_id)}::uuid[],
      ${column(folder => folder.name)}::text[], ${column(folder => folder.description ?? '')}::text[], ${column(folder => folder.position ?? 'a0')}::text[])
      as made(id, workspace_id, parent_id, name, description, position)
    order by made.id on conflict do nothing returning id, workspace_id, parent_id, name, row_version`, {
        mutation: 'folder.create', entity: 'folders', after: sql`${textSide('name')} || ${placeSide(sql`written.workspace_id`, sql`written.parent_id`)}`,
      }))
  const rows = new Map(made.map(row => [row.id, row]))
  return inputs.map(({ id }, place) => {
    const row = rows.get(id)
    return refusals[place] ?? (row ? [row] : keyTaken())
  })
}

/** What a check refuses with; undefined where it holds. */
function refusalOf(check: () => void): Refusal | undefined {
  try {
    check()
    return undefined
  }
  catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
