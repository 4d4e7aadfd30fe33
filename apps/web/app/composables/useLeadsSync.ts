import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { leadCountRead, LEADS_SHOWN, leadsRead, NO_FILTER, type LeadFilter, type LeadListRow } from '#shared/reads/leads'
import { leadVerbs, type LeadVerbs } from '../utils/verbs/lead-verbs'
import { useLiveRows, type LiveRows } from './useLiveRows'
import { useMutate } from './useMutate'
import { useCompanyShapesSync, type SyncContract } from './useShapesSync'

export interface LeadsSync extends SyncContract, LeadVerbs {
  /** The latest of those that the filter lets through. */
  readonly leads: LiveRows<LeadListRow>['rows']
  readonly loaded: LiveRows<LeadListRow>['loaded']
  /** Whether there may be more of them than are given. */
  readonly isCut: ComputedRef<boolean>
  /** How many the company has in all; undefined until that is known, or where it has none. */
  readonly count: ComputedRef<number | undefined>
}

/** A company's leads (shape `company-<id>-leads`), for owners, admins and members. @param filter what the list is narrowed to; all of them where nothing is said */
export function useLeadsSync(companyId: MaybeRefOrGetter<string | undefined>, filter: MaybeRefOrGetter<LeadFilter> = NO_FILTER): LeadsSync {
  const company = () => toValue(companyId)
  const leads = useLiveRows(leadsRead, () => {
    const id = company()
    return id === undefined ? undefined : { company: id, ...toValue(filter) }
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
    ...leadVerbs(useMutate(), company),
    ...useCompanyShapesSync(companyId, ['leads']),
  }
}
