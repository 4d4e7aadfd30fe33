import { onScopeDispose, readonly, shallowRef, watch, type Ref } from 'vue'
import { useRoute, useRouter } from '#imports'
import { filtersOf, queryOf, type Filters } from '../utils/figures/filters'

export interface FigureFilters {
  readonly filters: Readonly<Ref<Filters>>
  readonly change: (next: Filters) => void
}

/**
 * The filters that the address says. A change is shown at once and written into the address after it is painted, in
 * place of the one before; another address (a link, a way back) changes them too.
 */
export function useFigureFilters(): FigureFilters {
  const [route, router] = [useRoute(), useRouter()]
  const filters = shallowRef(filtersOf(route.query))
  let [writing, frame] = [0, 0]

  async function write(): Promise<void> {
    writing++
    await router.replace({ query: queryOf(filters.value) }).catch(() => undefined)
    writing--
  }
  // Synchronously: an address of our own must be known as such while it is being written.
  watch(() => route.query, (query) => { if (writing === 0) filters.value = filtersOf(query) }, { flush: 'sync' })
  onScopeDispose(() => cancelAnimationFrame(frame))

  return {
    filters: readonly(filters) as Readonly<Ref<Filters>>,
    change(next) {
      filters.value = next
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => { frame = requestAnimationFrame(() => void write()) })
    },
  }
}
