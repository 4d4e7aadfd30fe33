import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { leadRead, leadsOfEmailRead, mergedLeadsRead, type LeadDetail, type LeadOfEmail, type MergedLead } from '#shared/reads/leads'
import { useLiveRows, type LiveRows } from './useLiveRows'

export interface LeadPlace {
  /** With all that was entered, and what members wrote of it; undefined while it is not read, or not there. */
  readonly lead: ComputedRef<Readonly<LeadDetail> | undefined>
  /** Whether it is known that it is there, or not. */
  readonly loaded: LiveRows<LeadDetail>['loaded']
  /** The latest others that came from the same e-mail address, but those that are merged. */
  readonly others: LiveRows<LeadOfEmail>['rows']
  /** What was merged into it, the latest first. */
  readonly merged: LiveRows<MergedLead>['rows']
}

/** One lead of a company. Nothing is read while either is undefined. */
export function useLead(companyId: MaybeRefOrGetter<string | undefined>, leadId: MaybeRefOrGetter<string | undefined>): LeadPlace {
  const params = () => {
    const [company, lead] = [toValue(companyId), toValue(leadId)]
    return company === undefined || lead === undefined ? undefined : { company, lead }
  }
  const lead = useLiveRows(leadRead, params)
  return { lead: computed(() => lead.rows.value[0]), loaded: lead.loaded, others: useLiveRows(leadsOfEmailRead, params).rows, merged: useLiveRows(mergedLeadsRead, params).rows }
}
