import { leadAssign, leadErase, leadMerge, leadSetNotes, leadSetStatus, leadSetTags } from '#shared/mutations/lead'
import type { LeadStatus } from '#shared/catalogue/lead-statuses'
import type { Mutate, Saving } from '../mutate'

/** A lead as the person sees it: what is there before the edit, and how it is called in the list of changes. */
export interface LeadBefore { readonly id: string, readonly name: string, readonly status: string, readonly assignee_id: string | null, readonly notes: string, readonly tags: readonly string[] }

export interface LeadVerbs {
  setLeadStatus: (lead: LeadBefore, status: LeadStatus) => Saving
  /** To one of the company's owners, admins or members; null: to nobody. */
  assignLead: (lead: LeadBefore, userId: string | null) => Saving
  setLeadNotes: (lead: LeadBefore, notes: string) => Saving
  /** All tags, in their order. */
  setLeadTags: (lead: LeadBefore, tags: readonly string[]) => Saving
  /** Into another one, all at once; they are leads of their own until then. */
  mergeLeads: (leads: readonly Pick<LeadBefore, 'id' | 'name'>[], into: string) => Saving
  /** A lead of its own again. */
  separateLead: (lead: Pick<LeadBefore, 'id' | 'name'> & { readonly merged_into: string | null }) => Saving
  /** For good, with what was merged into it: nothing takes it back. In the list of changes it has no name, which would outlive it. */
  eraseLead: (lead: Pick<LeadBefore, 'id'>) => Saving
}

/** The edits of a company's leads. `company`: its id; until it is known every edit is refused. */
export function leadVerbs(mutate: Mutate, company: () => string | undefined): LeadVerbs {
  const from = (lead: LeadBefore, field: 'status' | 'assignee_id' | 'notes' | 'tags') => ({ company: company(), base: { [field]: lead[field] }, about: lead.name })

  return {
    setLeadStatus: (lead, status) => mutate(leadSetStatus, { id: lead.id, status }, from(lead, 'status')),
    assignLead: (lead, userId) => mutate(leadAssign, { id: lead.id, assignee_id: userId }, from(lead, 'assignee_id')),
    setLeadNotes: (lead, notes) => mutate(leadSetNotes, { id: lead.id, notes }, from(lead, 'notes')),
    setLeadTags: (lead, tags) => mutate(leadSetTags, { id: lead.id, tags: [...tags] }, from(lead, 'tags')),
    mergeLeads: (leads, into) => mutate(leadMerge, { ids: leads.map(({ id }) => id), merged_into: into },
      { company: company(), base: { merged_into: null }, ...leads.length === 1 && { about: leads[0]?.name } }),
    separateLead: lead => mutate(leadMerge, { ids: [lead.id], merged_into: null }, { company: company(), base: { merged_into: lead.merged_into }, about: lead.name }),
    eraseLead: lead => mutate(leadErase, { id: lead.id }, { company: company() }),
  }
}
