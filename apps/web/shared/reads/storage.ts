import type { CompanyStorageRow, DeviceStatusRow } from '../protocol/storage'
import { defineRead } from './read'

/** What this device gives and who leads on it: one row, or none before the leader has written it. */
export const deviceStatusRead = defineRead<DeviceStatusRow>()({
  name: 'device-status',
  views: ['device_status'],
  input: {},
  localOnly: true,
  sql: `SELECT storage, usage::float8, quota::float8, persisted, database_bytes::float8, leader, leader_since, schema_version, database_version
    FROM app_read.device_status`,
})

/** The person's companies as this device keeps them, the one that was longest not used first. */
export const companyStorageRead = defineRead<CompanyStorageRow>()({
  name: 'company-storage',
  views: ['memberships', 'companies', 'company_storage', 'sync_status'],
  input: {},
  localOnly: true,
  sql: `SELECT m.company_id AS id, c.name, coalesce(s.kept, true) AS kept, s.used_at,
      coalesce((SELECT sum(row_count) FROM app_read.sync_status st WHERE st.company_id = m.company_id), 0)::float8 AS row_count
    FROM app_read.memberships m
      LEFT JOIN app_read.companies c ON c.id = m.company_id
      LEFT JOIN app_read.company_storage s ON s.company_id = m.company_id
    ORDER BY s.used_at ASC NULLS FIRST, c.name, m.company_id`,
})
