import type { SyncStatusRow } from '../protocol/leader'
import { defineRead } from './read'

/** The state of every shape that this browser holds or wants. */
export const syncStatusRead = defineRead<SyncStatusRow>()({
  name: 'sync-status',
  views: ['sync_status'],
  input: {},
  localOnly: true,
  sql: `SELECT shape_key, shape, company_id, state, row_count::int, row_estimate::int, complete, last_synced_at, error_code, error,
      offline_since, rows_per_second, log_offset
    FROM app_read.sync_status ORDER BY shape_key`,
})
