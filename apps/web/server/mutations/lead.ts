import { sql } from 'drizzle-orm'
import { STAFF } from '../../shared/catalogue/roles'
import * as definitions from '../../shared/mutations/lead'
import { Refusal } from '../http/refusal'
import { manyEffect, type Done, type Edit, type ManyContext } from './effect'
import { changeLeads, type Field } from './lead-fields'
import { erase, merge } from './lead-merge'
import { list } from './rows'

const STATUS: Field = { mutation: 'lead.set-status', column: 'status', type: 'text', side: value => sql`jsonb_build_object('status', ${value})` }
const NOTES: Field = { mutation: 'lead.set-notes', column: 'notes', type: 'text', side: value => sql`jsonb_build_object('notes', ${value})` }
const TAGS: Field = { mutation: 'lead.set-tags', column: 'tags', type: 'text[]', side: value => sql`jsonb_build_object('tags', to_jsonb(${value}))` }
/** With the name as it is then; who has left the company has none that members may read. */
const ASSIGNEE: Field = {
  mutation: 'lead.assign', column: 'assignee_id', type: 'uuid',
  side: value => sql`jsonb_build_object('assignee', case when ${value} is not null then jsonb_build_object('id', ${value},
    'name', coalesce((select m.name from company_members m where m.company_id = leads.company_id and m.user_id = ${value}), '')) end)`,
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

export const leadEffects = [
  manyEffect(definitions.leadSetStatus, (context, edits) => changeLeads(context, STATUS, edits)),
  manyEffect(definitions.leadAssign, assignLeads),
  manyEffect(definitions.leadSetNotes, (context, edits) => changeLeads(context, NOTES, edits)),
  manyEffect(definitions.leadSetTags, (context, edits) => changeLeads(context, TAGS, edits)),
  merge,
  erase,
]
