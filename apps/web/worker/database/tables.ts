import type { PGliteInterface } from '@electric-sql/pglite'
import { LOCAL_SCHEMA } from '#shared/generated/catalogue.gen'
import { createSearchTables } from '../search/tables'

/** The state of each shape, as rows that pages read like any other; see SyncStatusRow of protocol/leader. */
const SYNC_STATUS = [
  `CREATE TABLE sync_status (
    shape_key text PRIMARY KEY, shape text NOT NULL, company_id uuid, state text NOT NULL,
    row_count bigint NOT NULL, row_estimate bigint, complete boolean NOT NULL, last_synced_at timestamptz,
    error_code text, error text)`,
  'CREATE VIEW app_read.sync_status AS SELECT * FROM public.sync_status',
]

/** Makes the catalogue's tables and our own in one transaction, unless they are there. */
export async function createTables(pg: PGliteInterface): Promise<void> {
  await pg.transaction(async (tx) => {
    const { rows } = await tx.query<{ made: boolean }>('SELECT to_regclass(\'public.sync_status\') IS NOT NULL AS made')
    if (!rows[0]?.made) await tx.exec([...LOCAL_SCHEMA, ...SYNC_STATUS].join(';\n'))
    await createSearchTables(tx)
  })
}
