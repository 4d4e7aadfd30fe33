import { useNuxtApp } from '#imports'
import type { PGliteAccess } from '../utils/pglite-access'

/** Access to this person's local database: status, query, read, subscribe, retry, purge. Pages use the sync composables. */
export function usePGLite(): PGliteAccess {
  return useNuxtApp().$pglite
}
