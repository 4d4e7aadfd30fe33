import { toValue, watch, type MaybeRefOrGetter } from 'vue'
import { usePGLite } from './usePGLite'

/** What a press may open on any page. Loaded by its press or by what comes near it; without a network only by then. */
const PARTS: readonly (() => Promise<unknown>)[] = [
  () => import('../components/SyncPanel.vue'),
  () => import('../components/search/SearchDialog.vue'),
  () => import('../components/NameDialog.vue'),
  () => import('../components/MoveDialog.vue'),
  () => import('../components/DescriptionDialog.vue'),
  () => import('../components/HistoryPanel.vue'),
  () => import('../components/UnsentModal.vue'),
  () => import('../pages/changes.vue'),
]

/**
 * Loads what opens later once `settled` says that nothing else is on its way: the first visit does not wait for it, and
 * whoever loses the network afterwards can still open it. What cannot be loaded now is loaded by its press.
 */
export function usePartsAhead(settled: MaybeRefOrGetter<boolean>): void {
  const { status } = usePGLite()
  // What the last visit knew is complete at once; the database that opens meanwhile needs the processor more.
  const stop = watch(() => toValue(settled) && status.value !== 'opening', async (now) => {
    if (!now) return
    queueMicrotask(() => stop())
    await Promise.allSettled(PARTS.map(load => load()))
  }, { immediate: true })
}
