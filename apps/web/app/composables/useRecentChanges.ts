import { toValue, type MaybeRefOrGetter } from 'vue'
import { recentRead, type RecentRow } from '#shared/reads/recent'
import { useLiveRows, type LiveRows } from './useLiveRows'

/** The workspaces and folders of a company that changed last, newest first. */
export function useRecentChanges(companyId: MaybeRefOrGetter<string | undefined>): Pick<LiveRows<RecentRow>, 'rows' | 'loaded'> {
  return useLiveRows(recentRead, () => {
    const company = toValue(companyId)
    return company === undefined ? undefined : { company }
  })
}
