import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { leadCountRead, LEADS_SHOWN, leadsRead, type LeadListRow } from '#shared/reads/leads'
import { useLiveRows, type LiveRows } from './useLiveRows'
import { useCompanyShapesSync, type SyncContract } from './useShapesSync'

export interface LeadsSync extends SyncContract {
  /** The latest of those that have the sought words in them. */
  readonly leads: LiveRows<LeadListRow>['rows']
  readonly loaded: LiveRows<LeadListRow>['loaded']
  /** Whether there may be more of them than are given. */
  readonly isCut: ComputedRef<boolean>
  /** How many the company has in all; undefined until that is known, or where it has none. */
  readonly count: ComputedRef<number | undefined>
}

/** A company's leads (shape `company-<id>-leads`), for owners, admins and members. @param sought words that a lead must have in it; all where it is empty */
export function useLeadsSync(companyId: MaybeRefOrGetter<string | undefined>, sought: MaybeRefOrGetter<string> = ''): LeadsSync {
  const company = () => toValue(companyId)
  const leads = useLiveRows(leadsRead, () => {
    const id = company()
    return id === undefined ? undefined : { company: id, sought: toValue(sought).trim() }
  })
  const counted = useLiveRows(leadCountRead, () => {
    const id = company()
    return id === undefined ? undefined : { company: id }
  })
  return {
    leads: leads.rows,
    loaded: leads.loaded,
    isCut: computed(() => leads.rows.value.length === LEADS_SHOWN),
    count: computed(() => counted.rows.value[0]?.leads),
    ...useCompanyShapesSync(companyId, ['leads']),
  }
}
