import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { leadRead, type LeadDetail } from '#shared/reads/leads'
import { useLiveRows } from './useLiveRows'

/** One lead of a company, with all that was entered. Out: undefined while it is not read, or not there. */
export function useLead(companyId: MaybeRefOrGetter<string | undefined>, leadId: MaybeRefOrGetter<string | undefined>): ComputedRef<Readonly<LeadDetail> | undefined> {
  const { rows } = useLiveRows(leadRead, () => {
    const [company, lead] = [toValue(companyId), toValue(leadId)]
    return company === undefined || lead === undefined ? undefined : { company, lead }
  })
  return computed(() => rows.value[0])
}
