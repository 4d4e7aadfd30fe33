import { refDebounced } from '@vueuse/core'
import { computed, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue'
import { FOUND_SHOWN, type LeadQuestion } from '#shared/reads/lead-search'
import { leadCountRead, LEADS_SHOWN, leadsRead, NO_FILTER, type LeadFilter, type LeadListRow } from '#shared/reads/leads'
import { isLeaseEnd } from '../utils/lease-end'
import { leadVerbs, type LeadVerbs } from '../utils/verbs/lead-verbs'
import { useLeadSearch } from './useLeadSearch'
import { useLiveRows } from './useLiveRows'
import { useMutate } from './useMutate'
import { usePGLite } from './usePGLite'
import { useCompanyShapesSync, type SyncContract } from './useShapesSync'

export interface LeadsSync extends SyncContract, LeadVerbs {
  /** The latest of those that the filter lets through; of what is sought the best. While the next are looked for, those of before. */
  readonly leads: Readonly<Ref<readonly LeadListRow[]>>
  /** Leads that come close to what is sought, where few have it in them. */
  readonly similar: ComputedRef<readonly LeadListRow[]>
  readonly loaded: Readonly<Ref<boolean>>
  /** The text that search has answered; undefined where it is not asked. */
  readonly answered: ComputedRef<string | undefined>
  /** What is sought, as search takes it; undefined where nothing is, or while every lead is looked through for it. */
  readonly question: ComputedRef<LeadQuestion | undefined>
  /** Whether there may be more of them than are given. */
  readonly isCut: ComputedRef<boolean>
  /** How many the company has in all; undefined until that is known, or where it has none. */
  readonly count: ComputedRef<number | undefined>
}

/** A key is pressed sooner than all leads are looked through. */
const TYPING_MS = 120

/**
 * A company's leads (shape `company-<id>-leads`), for owners, admins and members. What is sought is answered by full-text search once
 * that has taken up the local copy, and by looking through all leads until then, on the server too.
 * @param filter what the list is narrowed to; all of them where nothing is said
 */
export function useLeadsSync(companyId: MaybeRefOrGetter<string | undefined>, filter: MaybeRefOrGetter<LeadFilter> = NO_FILTER): LeadsSync {
  const company = () => toValue(companyId)
  const search = useLeadSearch(company, filter)
  // What search cannot answer is looked for in every lead.
  const question = computed(() => search.error.value ? undefined : search.question.value)
  const typed = refDebounced(computed(() => toValue(filter).sought), TYPING_MS)
  const list = useLiveRows(leadsRead, () => {
    const id = company()
    return id === undefined || question.value ? undefined : { company: id, ...toValue(filter), sought: typed.value }
  })
  const counted = useLiveRows(leadCountRead, () => {
    const id = company()
    return id === undefined ? undefined : { company: id }
  })
  const now = computed(() => question.value ? search.found.value : list.loaded.value ? list.rows.value : undefined)
  const held = shallowRef<readonly LeadListRow[]>()
  const { userId } = usePGLite()
  // Held is what the same person may still see of the same company.
  watch([company, userId], () => { held.value = undefined }, { flush: 'sync' })
  watch([list.error, search.error], (errors) => { if (errors.some(why => why && isLeaseEnd(why))) held.value = undefined }, { flush: 'sync' })
  watch(now, (rows) => { if (rows) held.value = rows }, { immediate: true, flush: 'sync' })
  return {
    leads: computed(() => held.value ?? []),
    similar: search.similar,
    loaded: computed(() => held.value !== undefined),
    answered: search.answered,
    question,
    isCut: computed(() => held.value?.length === (question.value ? FOUND_SHOWN : LEADS_SHOWN)),
    count: computed(() => counted.rows.value[0]?.leads),
    ...leadVerbs(useMutate(), company),
    ...useCompanyShapesSync(companyId, ['leads']),
  }
}
