import { computed, type ComputedRef } from 'vue'
import { touchesOf } from '#shared/mutations/reading'
import { useLateEntries } from './useLateEntries'

/** Keys of the rows that edits of this device make or change, where the server has not taken them for a while. */
export function useUnsent(): ComputedRef<ReadonlySet<string>> {
  const late = useLateEntries()
  return computed(() => new Set(late.value.flatMap(({ mutation }) => {
    const { makes = [], changes = [] } = touchesOf(mutation)
    return [...makes, ...changes]
  })))
}
