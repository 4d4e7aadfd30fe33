import { computed, type ComputedRef } from 'vue'
import type { SyncStatusRow } from '#shared/protocol/leader'
import type { SyncState } from '#shared/protocol/sync'
import { syncStatusRead } from '#shared/reads/sync-status'
import { summarize, type SyncError, type SyncProgress } from '../utils/sync-summary'
import { useLiveRows } from './useLiveRows'
import { usePGLite } from './usePGLite'

/** What every sync composable returns beside its rows. */
export interface SyncContract {
  readonly status: ComputedRef<SyncState>
  /** While a first sync runs: the largest shape that is not complete. */
  readonly progress: ComputedRef<SyncProgress | undefined>
  readonly lastSyncedAt: ComputedRef<Date | undefined>
  readonly error: ComputedRef<SyncError | undefined>
  /** Tries what failed again now. */
  readonly retry: () => Promise<void>
}

/** The sync state of the shapes that a composable reads, out of the leader's status rows. */
export function useShapesSync(wanted: (shape: SyncStatusRow) => boolean): SyncContract {
  const pglite = usePGLite()
  const { rows } = useLiveRows(syncStatusRead, {})
  const mine = computed(() => rows.value.filter(wanted))
  const summary = computed(() => summarize(mine.value, { status: pglite.status.value, error: pglite.error.value }))

  return {
    status: computed(() => summary.value.status),
    progress: computed(() => summary.value.progress),
    lastSyncedAt: computed(() => summary.value.lastSyncedAt),
    error: computed(() => summary.value.error),
    async retry() {
      const failed = mine.value.filter(shape => shape.state === 'error' || shape.state === 'offline')
      await Promise.all(failed.map(shape => pglite.retry(shape.shape_key)))
    },
  }
}
