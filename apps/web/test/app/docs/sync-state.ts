// #region
import { useFoundationSync } from '#imports'
import { computed } from 'vue'

/** One line about the whole, and a button's worth of help. */
export function useSyncLine() {
  const { status, progress, error, companies, retry } = useFoundationSync()
  const line = computed(() => {
    if (error.value) return `${error.value.message} ${error.value.next}`
    if (progress.value) return `${progress.value.shape}: ${progress.value.rows} of about ${progress.value.estimate ?? '?'}`
    return `${status.value}, ${companies.value.length} companies`
  })
  return { line, retry }
}
// #endregion
