import { sql } from 'drizzle-orm'
import { withUpkeep } from './door'

export interface ReplicationSlot {
  name: string
  active: boolean
  /** PostgreSQL removed what it needs (`max_slot_wal_keep_size`). */
  lost: boolean
  /** Bytes of WAL since what its reader confirmed; null where it never did. */
  lag: number | null
  /** Bytes of WAL that are kept on the disk for it; null where nothing is. */
  retained: number | null
}

/** The logical replication slots on this database. Every role may ask for them: nothing in them is anybody's. */
export async function replicationSlots(): Promise<ReplicationSlot[]> {
  const { rows } = await withUpkeep(tx => tx.execute<ReplicationSlot & Record<string, unknown>>(sql`
    SELECT slot_name AS name, active, coalesce(wal_status = 'lost', false) AS lost,
      pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::float8 AS lag,
      pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 AS retained
    FROM pg_replication_slots WHERE slot_type = 'logical' AND database = current_database()`))
  return rows
}
