import { sql, type SQL } from 'drizzle-orm'
import type { MutationName } from '../../shared/mutations/index'
import { Refusal } from '../http/refusal'
import type { Done, Edit, ManyContext } from './effect'
import { notedBefore } from './noted'
import { list, touch } from './rows'

/** A field of a lead that members write; what visitors entered is nobody's to change. */
export interface Field {
  readonly mutation: MutationName
  readonly column: 'status' | 'assignee_id' | 'notes' | 'tags' | 'merged_into'
  /** The column's type, as SQL writes it. */
  readonly type: 'text' | 'uuid' | 'text[]'
  /** What the history says of a value, as jsonb. */
  readonly side: (value: SQL) => SQL
}

type Values = { readonly id: string } & Readonly<Partial<Record<Field['column'], unknown>>>

/**
 * Writes one field of each of some different leads of the company. Refuses with `not_found`, or `conflict` where one holds
 * neither what it held where the edit was made nor what the edit makes of it. What the field holds already is written
 * nowhere, and is no line of the history.
 */
export async function changeLeads(context: ManyContext, { mutation, column, type, side }: Field, edits: readonly Edit<Values>[], refused: readonly (Refusal | undefined)[] = []): Promise<Done[]> {
  const { tx, company } = context
  const [name, cast] = [sql.identifier(column), sql.raw(type)]
  // In one order, whoever asks: two that name the same leads the other way round would wait for each other.
  const { rows } = await tx.execute<{ id: string, value: unknown }>(sql`
    select id, ${name} as value from leads
    where company_id = ${company} and id = any(${list(edits.map(({ input }) => input.id))}) order by id for no key update`)
  const found = new Map(rows.map(row => [row.id, row]))
  const refusals = edits.map(({ input, base }, place) => refused[place] ?? refusalOf(found.get(input.id), base, column, input[column]))
  const accepted = edits.filter((_, place) => !refusals[place]).map(({ input }) => ({ id: input.id, value: input[column] }))
  if (accepted.length === 0) return refusals.map(refusal => refusal ?? [])
  const edit = sql`jsonb_to_recordset(${JSON.stringify(accepted)}::jsonb) as edit(id uuid, value ${cast})`
  const touched = await touch(tx, 'leads', notedBefore(context, sql`
    update leads set ${name} = edit.value from ${edit} where leads.id = edit.id returning leads.id, row_version`, {
    mutation, entity: 'leads', from: sql`${edit} join leads using (id) where leads.${name} is distinct from edit.value`,
    before: side(sql`leads.${name}`), after: side(sql`edit.value`),
  }))
  const changed = new Map(touched.map(row => [row.id, row]))
  return edits.map(({ input }, place) => refusals[place] ?? [changed.get(input.id) ?? []].flat())
}

/** Of values that came as JSON, or would go so. */
const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

function refusalOf(now: { value: unknown } | undefined, base: Edit<unknown>['base'], column: string, value: unknown): Refusal | undefined {
  if (!now) return new Refusal('not_found')
  if (Object.hasOwn(base, column) && !isSame(now.value, base[column]) && !isSame(now.value, value)) return new Refusal('conflict', { theirs: { [column]: now.value } })
  return undefined
}
