import { computed, type ComputedRef } from 'vue'
import { usePGLite } from './usePGLite'

/** Said while a page shows what its last visit knew. */
export const RECALLING = 'What is shown is from your last visit until the local database is open.'

/**
 * Why nothing that needs the server can be done now; undefined where it can. The sync decides, which asks the server all
 * the time: what the browser says of its network is a reason for it to look, and wrong behind a captive portal or on a
 * machine of its own. Also while a page shows what its last visit knew: that may no longer be so.
 */
export function useOfflineReason(): ComputedRef<string | undefined> {
  const { unreached, recalling } = usePGLite()
  return computed(() => {
    if (unreached.value) return 'You are offline: the server cannot be reached, and this needs it.'
    return recalling.value ? RECALLING : undefined
  })
}
