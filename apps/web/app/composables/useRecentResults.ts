import { computed, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { searchedByIdRead } from '#shared/reads/search'
import { noteRecent, recentPlaces, type RecentPlace } from '../utils/recent-results'
import { resultOf, type SearchResult } from '../utils/search-results'
import { useLiveRows } from './useLiveRows'
import { usePGLite } from './usePGLite'

export interface RecentResults {
  /** What the person opened from the search, the latest first, by its name of now; what is gone is not among it. */
  readonly recent: ComputedRef<readonly SearchResult[]>
  note: (result: SearchResult) => void
}

/**
 * The results that the person of this page opened lately on this device.
 * @param companies ids of the person's companies: with more than one, a result says in which it lies
 */
export function useRecentResults(companies: MaybeRefOrGetter<readonly string[]>): RecentResults {
  const { userId } = usePGLite()
  const places = shallowRef<readonly RecentPlace[]>([])
  function look(): void {
    places.value = userId.value ? recentPlaces(userId.value) : []
  }
  watch([userId, () => toValue(companies).join()], look, { immediate: true })
  const { rows } = useLiveRows(searchedByIdRead, () => places.value.length > 0
    ? { entities: places.value.map(({ entity }) => entity), ids: places.value.map(({ id }) => id) }
    : undefined)
  return {
    recent: computed(() => places.value.flatMap((place) => {
      const row = rows.value.find(({ entity, id }) => entity === place.entity && id === place.id)
      return row ? [resultOf(row, '', toValue(companies).length > 1)] : []
    })),
    note({ entity, id, companyId }) {
      if (userId.value) noteRecent(userId.value, { entity, id, companyId })
      look()
    },
  }
}
