import { shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import { keepResultsOf, noteResult, recentResults } from '../utils/recent-results'
import type { SearchResult } from '../utils/search-results'
import { usePGLite } from './usePGLite'

export interface RecentResults {
  /** What the person opened from the search, the latest first. */
  readonly recent: Readonly<Ref<readonly SearchResult[]>>
  note: (result: SearchResult) => void
}

/**
 * The results that the person of this page opened lately on this device.
 * @param companies ids of the person's companies; what lies in others is forgotten. While there are none nothing is, as
 * the list may not be here yet.
 */
export function useRecentResults(companies: MaybeRefOrGetter<readonly string[]>): RecentResults {
  const { userId } = usePGLite()
  const recent = shallowRef<readonly SearchResult[]>([])
  function look(): void {
    recent.value = userId.value ? recentResults(userId.value) : []
  }
  watch([userId, () => toValue(companies).join()], () => {
    const ids = toValue(companies)
    if (userId.value && ids.length > 0) keepResultsOf(userId.value, ids)
    look()
  }, { immediate: true })
  return {
    recent,
    note(result) {
      if (userId.value) noteResult(userId.value, result)
      look()
    },
  }
}
