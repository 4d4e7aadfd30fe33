import { computed, type ComputedRef } from 'vue'
import { useJournal } from './useJournal'
import { useOfflineReason } from './useOfflineReason'

/**
 * Why nothing can be edited now; undefined where it can: with the journal, always. Where this browser keeps nothing for
 * the site, an edit needs the server.
 */
export function useEditHindrance(): ComputedRef<string | undefined> {
  const { stored } = useJournal()
  const offline = useOfflineReason()
  return computed(() => stored.value ? undefined : offline.value)
}
