import { computed, type ComputedRef } from 'vue'
import type { CompanyListRow } from '#shared/reads/companies'
import { useCompaniesSync, type CompaniesSync } from './useCompaniesSync'
import { useShapesSync, type SyncContract } from './useShapesSync'
import { useUserSync, type UserSync } from './useUserSync'

export interface FoundationSync extends SyncContract {
  readonly user: UserSync['user']
  readonly companies: CompaniesSync['companies']
  readonly loaded: CompaniesSync['loaded']
  /** Whether the server wants a new sign-in before it syncs on; the data stays readable meanwhile. */
  readonly signInNeeded: ComputedRef<boolean>
  /** The company of an id as it stands in the list. */
  readonly companyOf: (id: string | undefined) => Readonly<CompanyListRow> | undefined
}

/**
 * The whole: profile, companies, and the state of every shape of every company. The sync itself runs in the elected
 * worker whether or not a page looks, so what is orchestrated here is what a page sees of it; SQL is in the parts.
 */
export function useFoundationSync(): FoundationSync {
  const { user } = useUserSync()
  const { companies, loaded } = useCompaniesSync()
  const whole = useShapesSync(() => true)
  return {
    user,
    companies,
    loaded,
    ...whole,
    signInNeeded: computed(() => whole.error.value?.code === 'sign_in'),
    companyOf: id => companies.value.find(company => company.id === id),
  }
}
