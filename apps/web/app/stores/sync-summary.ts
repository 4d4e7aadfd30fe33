import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { SyncSummary } from '../utils/sync-summary'

/** The last state of the whole sync: shown at once by whatever is mounted next. Never rows. */
export const useSyncSummaryStore = defineStore('sync-summary', () => {
  const summary = shallowRef<SyncSummary>({ status: 'idle', progress: undefined, lastSyncedAt: undefined, offlineSince: undefined, complete: false, error: undefined })
  return { summary }
})
