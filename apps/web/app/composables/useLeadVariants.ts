import type { MaybeRefOrGetter } from 'vue'
import { toValue } from 'vue'
import { leadVariantsRead, type LeadVariantRow } from '#shared/reads/leads'
import { useLiveRows, type LiveRows } from './useLiveRows'

/** The variants of the form that a company's leads saw: all leads are looked through for it, so it is asked where it is chosen. */
export function useLeadVariants(companyId: MaybeRefOrGetter<string | undefined>): LiveRows<LeadVariantRow>['rows'] {
  return useLiveRows(leadVariantsRead, () => {
    const company = toValue(companyId)
    return company === undefined ? undefined : { company }
  }).rows
}
