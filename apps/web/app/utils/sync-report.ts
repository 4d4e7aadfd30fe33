import type { DeviceStatusRow } from '#shared/protocol/storage'
import type { SyncStatusRow } from '#shared/protocol/leader'

export interface ReportSources {
  shapes: readonly SyncStatusRow[]
  device: DeviceStatusRow | undefined
  /** The browser, in words. */
  browser: string
  now?: Date
}

/**
 * The state of the sync as a text for whoever helps: counts, states and codes. No name, no address, no id, and no sentence
 * of a database, which may quote a row.
 */
export function syncReport({ shapes, device, browser, now = new Date() }: ReportSources): string {
  const companies = [...new Set(shapes.map(shape => shape.company_id).filter(id => id !== null))]
  const lines = [
    `Sync report, ${now.toISOString()}`,
    `Browser: ${browser}`,
    device
      ? `Database: ${device.storage}, schema ${device.schema_version}, ${device.database_version}, ${mb(device.database_bytes)}; site ${mb(device.usage)} of ${mb(device.quota)}, ${device.persisted ? 'kept' : 'may be cleared'}`
      : 'Database: has not said anything',
    ...device ? [`Leader: ${device.leader.slice(0, 8)} since ${device.leader_since.toISOString()}`] : [],
  ]
  for (const shape of shapes) {
    const place = shape.company_id === null ? 'person' : `company ${companies.indexOf(shape.company_id) + 1}`
    lines.push([
      `${place} ${shape.shape}: ${shape.state}${shape.error_code ? ` (${shape.error_code})` : ''}`,
      `${shape.row_count} rows${shape.row_estimate === null ? '' : ` of about ${shape.row_estimate}`}${shape.complete ? ', complete' : ''}`,
      `synced ${shape.last_synced_at?.toISOString() ?? 'never'}`,
      ...shape.offline_since ? [`offline since ${shape.offline_since.toISOString()}`] : [],
      `at ${shape.log_offset ?? 'the start'}`,
    ].join(', '))
  }
  return lines.join('\n')
}

const mb = (bytes: number | null) => bytes === null ? 'unknown' : `${(bytes / 1e6).toFixed(1)} MB`
