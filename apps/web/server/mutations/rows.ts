import { sql, type SQL } from 'drizzle-orm'
import type { EntityName } from '../../shared/catalogue/entities'
import type { TouchedRow } from '../../shared/protocol/mutations'
import type { Transaction } from '../db/door'
import { Refusal } from '../http/refusal'
import { only, type CompanyContext, type Done, type Edit, type ManyContext } from './effect'
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

/** The key that the page chose for a row is another row's. */
export const keyTaken = () => new Refusal('invalid_input', { fields: { id: 'This key is taken.' } })

/** A row that was just made, with the key that the page chose for it. Throws `invalid_input` where another row has it. */
export function requireMade(made: TouchedRow[]): TouchedRow[] {
  if (made.length === 0) throw keyTaken()
  return made
}

/** Entities with a name and a description; groups have no tombstone. */
type Named = 'workspaces' | 'folders' | 'user_groups'

/** As what a text is noted in the history; that of a group is not. */
const NOTED_AS = {
  workspaces: { name: 'workspace.rename', description: 'workspace.describe' },
  folders: { name: 'folder.rename', description: 'folder.describe' },
} as const

type Texts<Field extends string> = { readonly id: string } & Readonly<Record<Field, string>>

/**
 * Writes one text of each of some different rows of the company. Refuses with `not_found`, `deleted`, or `conflict` where
 * one holds neither what it held where the edit was made nor what the edit makes of it.
 */
export async function changeTexts<Field extends 'name' | 'description'>(
  context: ManyContext, entity: Named, field: Field, edits: readonly Edit<Texts<Field>>[],
): Promise<Done[]> {
  const { tx, company } = context
  const [table, column] = [sql.identifier(entity), sql.identifier(field)]
  const tombstone = entity === 'user_groups' ? sql`null::uuid as deletion_id, false as is_deleted` : sql`deletion_id, deleted_at is not null as is_deleted`
  // In one order, whoever asks: two that name the same rows the other way round would wait for each other.
  const { rows } = await tx.execute<{ id: string, value: string, deletion_id: string | null, is_deleted: boolean }>(sql`
    select id, ${column} as value, ${tombstone} from ${table}
    where company_id = ${company} and id = any(${list(edits.map(({ input }) => input.id))}) order by id for no key update`)
  const found = new Map(rows.map(row => [row.id, row]))
  const refusals = edits.map(({ input, base }) => refusalOf(found.get(input.id), base, field, input[field]))
  const accepted = edits.filter((_, place) => !refusals[place]).map(({ input }) => input)
  const edit = sql`unnest(${list(accepted.map(({ id }) => id))}, ${sql.param(accepted.map(input => input[field]))}::text[]) as edit(id, value)`
  const update = sql`update ${table} set ${column} = edit.value from ${edit} where ${table}.id = edit.id returning ${table}.id, row_version`
  const touched = accepted.length === 0
    ? []
    : await touch(tx, entity, entity === 'user_groups'
        ? update
        : notedBefore(context, update, {
            mutation: NOTED_AS[entity][field], entity, from: sql`${edit} join ${table} using (id) where ${column} <> edit.value`,
            before: textSide(field), after: textSide(field, sql`edit.value`),
          }))
  const changed = new Map(touched.map(row => [row.id, row]))
  return edits.map(({ input }, place) => refusals[place] ?? [changed.get(input.id) ?? []].flat())
}

function refusalOf(now: { value: string, deletion_id: string | null, is_deleted: boolean } | undefined, base: Edit<unknown>['base'], field: string, value: string): Refusal | undefined {
  if (!now) return new Refusal('not_found')
  if (now.is_deleted) return new Refusal('deleted', { deletion_id: now.deletion_id ?? undefined })
  if (Object.hasOwn(base, field) && now.value !== base[field] && now.value !== value) return new Refusal('conflict', { theirs: { [field]: now.value } })
  return undefined
}

/** The same for one row. Throws what it is refused with. */
export async function changeText(
  { base, ...context }: CompanyContext, entity: Named, id: string, field: 'name' | 'description', value: string,
): Promise<TouchedRow[]> {
  return only(await changeTexts(context, entity, field, [{ input: { id, [field]: value } as Texts<typeof field>, base }]))
}
