import { sql, type SQL } from 'drizzle-orm'
import { STAFF } from '../../shared/catalogue/roles'
import * as definitions from '../../shared/mutations/lead'
import type { MutationName } from '../../shared/mutations/index'
import { recordInCompany } from '../account/audit'
import { Refusal } from '../http/refusal'
import { companyEffect, manyEffect, type Done, type Edit, type ManyContext } from './effect'
import { notedBefore } from './noted'
import { list, touch, touchGone } from './rows'

const entity = 'leads'

/** A field of a lead that members write; what visitors entered is nobody's to change. */
interface Field {
  readonly mutation: MutationName
  readonly column: 'status' | 'assignee_id' | 'notes' | 'tags'
  /** The column's type, as SQL writes it. */
  readonly type: 'text' | 'uuid' | 'text[]'
  /** What the history says of a value, as jsonb. */
  readonly side: (value: SQL) => SQL
}

const STATUS: Field = { mutation: 'lead.set-status', column: 'status', type: 'text', side: value => sql`jsonb_build_object('status', ${value})` }
const NOTES: Field = { mutation: 'lead.set-notes', column: 'notes', type: 'text', side: value => sql`jsonb_build_object('notes', ${value})` }
const TAGS: Field = { mutation: 'lead.set-tags', column: 'tags', type: 'text[]', side: value => sql`jsonb_build_object('tags', to_jsonb(${value}))` }
/** With the name as it is then; who has left the company has none that members may read. */
const ASSIGNEE: Field = {
  mutation: 'lead.assign', column: 'assignee_id', type: 'uuid',
  side: value => sql`jsonb_build_object('assignee', case when ${value} is not null then jsonb_build_object('id', ${value},
    'name', coalesce((select m.name from company_members m where m.company_id = leads.company_id and m.user_id = ${value}), '')) end)`,
}

type Values = { readonly id: string } & Readonly<Partial<Record<Field['column'], unknown>>>

/**
 * Writes one field of each of some different leads of the company. Refuses with `not_found`, or `conflict` where one holds
 * neither what it held where the edit was made nor what the edit makes of it. What the field holds already is written
 * nowhere, and is no line of the history.
 */
async function changeLeads(context: ManyContext, { mutation, column, type, side }: Field, edits: readonly Edit<Values>[], refused: readonly (Refusal | undefined)[] = []): Promise<Done[]> {
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
  const touched = await touch(tx, entity, notedBefore(context, sql`
    update leads set ${name} = edit.value from ${edit} where leads.id = edit.id returning leads.id, row_version`, {
    mutation, entity, from: sql`${edit} join leads using (id) where leads.${name} is distinct from edit.value`,
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

/** To people of the company who may see it, held until the end: nobody of them leaves or is made a guest meanwhile. */
async function assignLeads(context: ManyContext, edits: readonly Edit<{ id: string, assignee_id: string | null }>[]): Promise<Done[]> {
  const people = [...new Set(edits.flatMap(({ input }) => input.assignee_id ?? []))]
  const { rows } = people.length === 0
    ? { rows: [] }
    : await context.tx.execute<{ user_id: string }>(sql`
      select user_id from company_members
      where company_id = ${context.company} and user_id = any(${list(people)}) and role = any(${sql.param(STAFF)}::text[]) order by user_id for share`)
  const here = new Set(rows.map(row => row.user_id))
  return changeLeads(context, ASSIGNEE, edits, edits.map(({ input: { assignee_id: person } }) => person === null || here.has(person)
    ? undefined
    : new Refusal('not_found', { fields: { assignee_id: 'There is nobody in this company who could take it.' } })))
}

/** With all that was known of it (migration 0012); that somebody did it, its owners read. Who sent it is told nothing. */
const erase = companyEffect(definitions.leadErase, async ({ tx, userId, company }, { id }) => {
  const gone = await touchGone(tx, entity, sql`delete from leads where company_id = ${company} and id = ${id} returning id, row_version`)
  if (gone.length === 0) throw new Refusal('not_found')
  const { rows: [by] } = await tx.execute<{ name: string }>(sql`select name from users where id = ${userId}`)
  await recordInCompany(tx, company, { id: userId, name: by?.name ?? '' }, 'lead.erased', { lead_id: id })
  return gone
})

export const leadEffects = [
  manyEffect(definitions.leadSetStatus, (context, edits) => changeLeads(context, STATUS, edits)),
  manyEffect(definitions.leadAssign, assignLeads),
  manyEffect(definitions.leadSetNotes, (context, edits) => changeLeads(context, NOTES, edits)),
  manyEffect(definitions.leadSetTags, (context, edits) => changeLeads(context, TAGS, edits)),
  erase,
]
