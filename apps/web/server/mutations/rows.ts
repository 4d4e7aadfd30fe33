import { sql, type SQL } from 'drizzle-orm'
import type { EntityName } from '../../shared/catalogue/entities'
import type { TouchedRow } from '../../shared/protocol/mutations'
import type { Transaction } from '../db/door'
import { Refusal } from '../http/refusal'
import type { CompanyContext } from './effect'
import { notedBefore, textSide } from './noted'

/** A list as one parameter; a bare array would become as many as it has members. */
export const list = (values: readonly string[]): SQL => sql`${sql.param(values)}::uuid[]`

/** The rows of a statement that returns `id` and `row_version` (which pg gives as text), as rows of an answer. */
export async function touch(tx: Transaction, entity: EntityName, statement: SQL): Promise<TouchedRow[]> {
  const { rows } = await tx.execute<{ id: string, row_version: string }>(statement)
  return rows.map(({ id, row_version: version }) => ({ entity, id, row_version: Number(version) }))
}

/** The same for rows that are gone: a version that no copy of them ever had. */
export async function touchGone(tx: Transaction, entity: EntityName, statement: SQL): Promise<TouchedRow[]> {
  return (await touch(tx, entity, statement)).map(row => ({ ...row, row_version: row.row_version + 1 }))
}

/** A row that was just made, with the key that the page chose for it. Throws `invalid_input` where another row has it. */
export function requireMade(made: TouchedRow[]): TouchedRow[] {
  if (made.length === 0) throw new Refusal('invalid_input', { fields: { id: 'This key is taken.' } })
  return made
}

/** Entities with a name and a description; groups have no tombstone. */
type Named = 'workspaces' | 'folders' | 'user_groups'

/** As what a text is noted in the history; that of a group is not. */
const NOTED_AS = {
  workspaces: { name: 'workspace.rename', description: 'workspace.describe' },
  folders: { name: 'folder.rename', description: 'folder.describe' },
} as const

/**
 * Writes one text of a row of the company. Throws `not_found`, `deleted`, or `conflict` where it holds neither what it
 * held where the edit was made nor what the edit makes of it.
 */
export async function changeText(
  context: CompanyContext, entity: Named, id: string, field: 'name' | 'description', value: string,
): Promise<TouchedRow[]> {
  const { tx, company, base } = context
  const [table, column] = [sql.identifier(entity), sql.identifier(field)]
  const tombstone = entity === 'user_groups' ? sql`null::uuid as deletion_id, false as is_deleted` : sql`deletion_id, deleted_at is not null as is_deleted`
  const { rows: [now] } = await tx.execute<{ value: string, deletion_id: string | null, is_deleted: boolean }>(sql`
    select ${column} as value, ${tombstone} from ${table} where company_id = ${company} and id = ${id} for no key update`)
  if (!now) throw new Refusal('not_found')
  if (now.is_deleted) throw new Refusal('deleted', { deletion_id: now.deletion_id ?? undefined })
  if (Object.hasOwn(base, field) && now.value !== base[field] && now.value !== value) throw new Refusal('conflict', { theirs: { [field]: now.value } })
  const update = sql`update ${table} set ${column} = ${value} where id = ${id} returning id, row_version`
  if (entity === 'user_groups') return touch(tx, entity, update)
  return touch(tx, entity, notedBefore(context, update, {
    mutation: NOTED_AS[entity][field], entity, from: sql`${table} where id = ${id} and ${column} <> ${value}`,
    before: textSide(field), after: textSide(field, value),
  }))
}
