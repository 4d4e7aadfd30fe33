import type { PGliteInterface } from '@electric-sql/pglite'
import { LOCAL_SCHEMA } from '#shared/generated/catalogue.gen'
import { createSearchTables } from '../search/tables'
import { DEVICE_TABLES } from '../storage/device-tables'
import { ERASED_TABLES } from '../storage/erased-bytes'
import { OVERLAY_TABLES } from '../writes/tables'

/** The state of each shape, as rows that pages read like any other; see SyncStatusRow of protocol/leader. */
const SYNC_STATUS = [
  `CREATE TABLE sync_status (
    shape_key text PRIMARY KEY, shape text NOT NULL, company_id uuid, state text NOT NULL,
    row_count bigint NOT NULL, row_estimate bigint, complete boolean NOT NULL, last_synced_at timestamptz,
    error_code text, error text, offline_since timestamptz, rows_per_second integer, log_offset text)`,
  'CREATE VIEW app_read.sync_status AS SELECT * FROM public.sync_status',
]

/** Databases of an earlier version have these not yet. */
const SYNC_STATUS_MORE = [
  'ALTER TABLE sync_status ADD COLUMN IF NOT EXISTS offline_since timestamptz, ADD COLUMN IF NOT EXISTS rows_per_second integer, ADD COLUMN IF NOT EXISTS log_offset text',
  'CREATE OR REPLACE VIEW app_read.sync_status AS SELECT * FROM public.sync_status',
]

/** Makes the catalogue's tables and our own in one transaction, unless they are there. */
export async function createTables(pg: PGliteInterface): Promise<void> {
  await pg.transaction(async (tx) => {
    const { rows: [found] } = await tx.query<{ made: boolean, device: boolean, erased: boolean }>(
      'SELECT to_regclass(\'public.sync_status\') IS NOT NULL AS made, to_regclass(\'public.company_storage\') IS NOT NULL AS device, to_regclass(\'public.erased_bytes\') IS NOT NULL AS erased')
    if (!found?.made) await tx.exec([...LOCAL_SCHEMA, ...OVERLAY_TABLES, ...SYNC_STATUS].join(';\n'))
    if (!found?.device) await tx.exec([...SYNC_STATUS_MORE, ...DEVICE_TABLES].join(';\n'))
    if (!found?.erased) await tx.exec(ERASED_TABLES.join(';\n'))
    await createSearchTables(tx)
  })
}
