import { toValue, watch, type MaybeRefOrGetter } from 'vue'
import { usePGLite } from './usePGLite'

/** Where it is noted on this device that the browser was asked. */
const ASKED_KEY = 'device-storage-asked'

/**
 * Tells the leader which company is used here, and asks the browser once, when the first one is opened, to keep what is
 * stored: not before, because some browsers ask the person then, who should know what it is about.
 */
export function useCompanyUse(company: MaybeRefOrGetter<string | undefined>): void {
  const pglite = usePGLite()
  watch([() => toValue(company), pglite.status], ([id, status]) => {
    if (id === undefined || status !== 'ready') return
    pglite.act({ kind: 'used', company: id }).catch(() => {})
    void askToKeep()
  }, { immediate: true })
}

async function askToKeep(): Promise<void> {
  try {
    if (localStorage.getItem(ASKED_KEY) !== null || await navigator.storage?.persisted?.() !== false) return
    localStorage.setItem(ASKED_KEY, new Date().toISOString())
    await navigator.storage.persist()
  }
  catch {
    // Where nothing can be stored there is nothing to keep.
  }
}
