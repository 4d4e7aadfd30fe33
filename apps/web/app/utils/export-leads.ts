import { exportedFoundLeadsRead, type LeadQuestion } from '#shared/reads/lead-search'
import { exportedLeadsRead, type ExportedLead, type LeadFilter } from '#shared/reads/leads'
import { csvLine } from '#shared/leads/csv'
import { statusWord } from './lead-words'
import type { PGliteAccess } from './pglite-access'

/** Few enough that no other query of the browser waits long for one. */
const SLICE = 2_000
const FIRST = '00000000-0000-0000-0000-000000000000'

const COLUMNS: readonly (readonly [name: string, of: (lead: ExportedLead) => string])[] = [
  ['Entered', lead => new Date(lead.created_at).toISOString()],
  ['Name', lead => lead.name],
  ['E-mail', lead => lead.email],
  ['Phone', lead => lead.phone ?? ''],
  ['Message', lead => lead.message],
  ['Status', lead => statusWord(lead.status)],
  ['Looked after by', lead => lead.assignee ?? ''],
  ['Tags', lead => lead.tags.join(', ')],
  ['Notes', lead => lead.notes],
  ['Score', lead => String(lead.score)],
  ['Variant', lead => lead.variant ?? ''],
  ['Source', lead => lead.source],
  ['Id', lead => lead.id],
]

/**
 * The leads of the local copy that a filter lets through as CSV, the latest first. Works offline.
 * @param question what is sought, where search has it; else it is looked for in every lead
 * @param read how many were read so far
 */
export async function exportLeads(pglite: Pick<PGliteAccess, 'read'>, company: string, filter: LeadFilter, question: LeadQuestion | undefined, read: (leads: number) => void): Promise<File> {
  const { sought: _, ...narrowed } = filter
  const sliceAfter = (after: string) => question
    ? pglite.read(exportedFoundLeadsRead, { company, ...question, ...narrowed, after, limit: SLICE })
    : pglite.read(exportedLeadsRead, { company, ...filter, after, limit: SLICE })
  const leads: ExportedLead[] = []
  for (let after = FIRST; ;) {
    const slice = await sliceAfter(after)
    leads.push(...slice)
    read(leads.length)
    const last = slice.at(-1)
    if (!last || slice.length < SLICE) break
    after = last.id
  }
  leads.sort((one, other) => Number(other.created_at) - Number(one.created_at))
  // The mark at the beginning tells programs for tables that this is UTF-8.
  return new File(['\uFEFF', csvLine(COLUMNS.map(([name]) => name)), ...leads.map(lead => csvLine(COLUMNS.map(([, of]) => of(lead))))],
    `leads-${new Date().toISOString().slice(0, 10)}.csv`, { type: 'text/csv' })
}
