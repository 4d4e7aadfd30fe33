import { refDebounced } from '@vueuse/core'
import { computed, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { useRoute, useRouter } from '#imports'
import type { LeadFilter } from '#shared/reads/leads'
import { leadAddress, leadFilter, readLeadQuery, type LeadQuery } from '../utils/lead-filter'

export interface LeadFilterChoice {
  /** As it stands in the address. */
  readonly query: ComputedRef<LeadQuery>
  /** The same for the read, with what is being typed. */
  readonly filter: ComputedRef<LeadFilter>
  /** What is typed as words to seek. */
  readonly sought: Ref<string>
  /** Narrows to something else; what is not named stays. */
  readonly narrow: (change: Partial<LeadQuery>) => void
  /** Narrows to this and to nothing else. */
  readonly show: (query: LeadQuery) => void
}

/** The address follows when no key does. */
const TYPING_MS = 120

/** What a list of leads is narrowed to. It is kept in the address, so that a reload, a link and a way back find it again. */
export function useLeadFilter(): LeadFilterChoice {
  const [route, router] = [useRoute(), useRouter()]
  const query = computed(() => readLeadQuery(route.query))
  const sought = shallowRef(query.value.q)
  const settled = refDebounced(sought, TYPING_MS)

  // The lead that is open beside the list stays so.
  const openLead = () => route.query.lead === undefined ? {} : { lead: route.query.lead }
  const show = (next: LeadQuery) => void router.replace({ query: { ...leadAddress(next), ...openLead() } })
  const narrow = (change: Partial<LeadQuery>) => show({ ...query.value, q: sought.value, ...change })
  watch(settled, (q) => { if (q !== query.value.q) narrow({ q }) })
  // A link, a saved view, a way back.
  watch(() => query.value.q, (q) => { if (q !== settled.value) sought.value = q })

  return { query, sought, narrow, show, filter: computed(() => leadFilter({ ...query.value, q: sought.value })) }
}
