import { companiesRead, type CompanyListRow } from '#shared/reads/companies'
import { useLiveRows, type LiveRows } from './useLiveRows'
import { useShapesSync, type SyncContract } from './useShapesSync'

export interface CompaniesSync extends SyncContract {
  /** The person's companies by name, each with their role in it. */
  readonly companies: LiveRows<CompanyListRow>['rows']
  readonly loaded: LiveRows<CompanyListRow>['loaded']
}

/** The companies that the person belongs to (shapes `user-<id>-memberships` and each `company-<id>`). */
export function useCompaniesSync(): CompaniesSync {
  const { rows, loaded } = useLiveRows(companiesRead, {})
  return { companies: rows, loaded, ...useShapesSync(({ shape }) => shape === 'memberships' || shape === 'company') }
}
