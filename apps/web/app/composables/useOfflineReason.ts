import { useOnline } from '@vueuse/core'
import { computed, type ComputedRef } from 'vue'

/** Why nothing that needs the server can be done now; undefined while the device has a network. */
export function useOfflineReason(): ComputedRef<string | undefined> {
  const online = useOnline()
  return computed(() => online.value ? undefined : 'This device is offline, and this needs the server.')
}
