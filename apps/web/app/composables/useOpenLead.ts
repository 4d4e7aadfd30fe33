import * as z from 'zod/mini'
import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter } from '#imports'

const key = z.catch(z.optional(z.guid()), undefined)

/** The lead that is open beside the list, by its key. It stands in the address, so that a lead can be linked and a reload finds it again. */
export function useOpenLead(): WritableComputedRef<string | undefined> {
  const [route, router] = [useRoute(), useRouter()]
  return computed({
    get: () => key.parse(route.query.lead),
    set: (lead) => {
      const { lead: _, ...query } = route.query
      void router.replace({ query: lead === undefined ? query : { ...query, lead } })
    },
  })
}
