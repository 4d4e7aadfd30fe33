import { computed, type ComputedRef } from 'vue'
import { useJournal } from './useJournal'
import { RECALLING, useOfflineReason } from './useOfflineReason'
import { usePGLite } from './usePGLite'

/**
 * Why nothing can be edited now; undefined where it can: with the journal, also without a network. Where this browser keeps
 * nothing for the site, an edit needs the server; and nobody edits what may no longer be so.
 */
export function useEditHindrance(): ComputedRef<string | undefined> {
  const { stored } = useJournal()
  const { recalling } = usePGLite()
  const offline = useOfflineReason()
  return computed(() => recalling.value ? RECALLING : stored.value ? undefined : offline.value)
}
