import type { ComputedRef } from 'vue'
import { usePGLite } from './usePGLite'

/** Whether the sync cannot reach the server; see PGliteAccess. */
export function useUnreached(): ComputedRef<boolean> {
  return usePGLite().unreached
}
