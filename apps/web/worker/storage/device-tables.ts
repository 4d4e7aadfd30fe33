import type { PGliteInterface } from '@electric-sql/pglite'
import { SCHEMA_VERSION } from '#shared/generated/catalogue.gen'
import type { StorageKind } from '#shared/protocol/storage'
import type { CompanySetting } from './company-settings'
import type { StorageEstimate } from './watch'

/** State of the device is rows, as state of the sync is: see DeviceStatusRow and CompanyStorageRow of protocol/storage. */
export const DEVICE_TABLES = [
  `CREATE TABLE device_status (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), storage text NOT NULL, usage bigint, quota bigint, persisted boolean,
    database_bytes bigint, leader text NOT NULL, leader_since timestamptz NOT NULL, schema_version text NOT NULL, database_version text NOT NULL)`,
  'CREATE TABLE company_storage (company_id uuid PRIMARY KEY, kept boolean NOT NULL, used_at timestamptz)',
  ...['device_status', 'company_storage'].map(name => `CREATE VIEW app_read.${name} AS SELECT * FROM public.${name}`),
] as const

/** Who leads and where; the rest is written as it is looked at. */
export async function writeLeader(pg: PGliteInterface, storage: StorageKind, leader: string): Promise<void> {
  await pg.query(
    `INSERT INTO device_status (storage, leader, leader_since, schema_version, database_version) VALUES ($1, $2, now(), $3, split_part(version(), ' on ', 1))
     ON CONFLICT (one) DO UPDATE SET storage = excluded.storage, leader = excluded.leader, leader_since = excluded.leader_since,
       schema_version = excluded.schema_version, database_version = excluded.database_version`,
    [storage, leader, SCHEMA_VERSION])
}

export async function writeEstimate(pg: PGliteInterface, { usage, quota, persisted }: StorageEstimate): Promise<void> {
  await pg.query(
    `UPDATE device_status SET usage = $1, quota = $2, persisted = $3,
       database_bytes = pg_database_size(current_database()) + (SELECT coalesce(sum(size), 0) FROM pg_ls_waldir())`,
    [usage ?? null, quota ?? null, persisted ?? null])
}

/** Makes the table equal to what is set: a company that is not in it any more goes. */
export async function writeCompanies(pg: PGliteInterface, settings: readonly [company: string, setting: CompanySetting][]): Promise<void> {
  const rows = settings.map(([company, { kept, usedAt }]) => ({ company_id: company, kept, used_at: usedAt === null ? null : new Date(usedAt) }))
  await pg.query(
    `INSERT INTO company_storage SELECT * FROM jsonb_populate_recordset(NULL::company_storage, $1::jsonb)
     ON CONFLICT (company_id) DO UPDATE SET kept = excluded.kept, used_at = excluded.used_at`, [rows])
  await pg.query('DELETE FROM company_storage WHERE company_id <> ALL ($1::uuid[])', [rows.map(row => row.company_id)])
}
