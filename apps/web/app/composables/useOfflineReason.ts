import { useOnline } from '@vueuse/core'
import { computed, type ComputedRef } from 'vue'
import { usePGLite } from './usePGLite'

/**
 * Why nothing that needs the server can be done now; undefined while the device has a network. Also while a page shows what
 * its last visit knew: that may no longer be so.
 */
export function useOfflineReason(): ComputedRef<string | undefined> {
  const online = useOnline()
  const { recalling } = usePGLite()
  return computed(() => {
    if (!online.value) return 'This device is offline, and this needs the server.'
    return recalling.value ? 'What is shown is from your last visit until the local database is open.' : undefined
  })
}
