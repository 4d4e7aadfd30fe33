import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { companyRead, type CompanyDetail } from '#shared/reads/companies'
import { membersRead, type MemberListRow } from '#shared/reads/members'
import { companyVerbs, type CompanyVerbs } from '../utils/verbs/company-verbs'
import { useLiveRows, type LiveRows } from './useLiveRows'
import { useMutate } from './useMutate'
import { useCompanyShapesSync, type SyncContract } from './useShapesSync'

export interface CompanySync extends SyncContract, CompanyVerbs {
  /** The company with the viewer's role in it; undefined where it is not (or not yet) theirs. */
  readonly company: ComputedRef<Readonly<CompanyDetail> | undefined>
  /** Its people; always empty for a guest. */
  readonly members: LiveRows<MemberListRow>['rows']
  readonly loaded: ComputedRef<boolean>
}

/** A company and its members (shapes `company-<id>` and `company-<id>-members`). */
export function useCompanySync(companyId: MaybeRefOrGetter<string | undefined>): CompanySync {
  const params = () => {
    const company = toValue(companyId)
    return company === undefined ? undefined : { company }
  }
  const company = useLiveRows(companyRead, params)
  const members = useLiveRows(membersRead, params)
  return {
    company: computed(() => company.rows.value[0]),
    members: members.rows,
    loaded: computed(() => company.loaded.value && members.loaded.value),
    ...companyVerbs(useMutate(), () => toValue(companyId)),
    ...useCompanyShapesSync(companyId, ['company', 'members']),
  }
}
