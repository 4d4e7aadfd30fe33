import { FULL, fullness, NEARLY_FULL, type CompanyStorageRow, type DeviceStatusRow } from '#shared/protocol/storage'

/** What a person should know of the storage before it is a trouble. */
export type StorageWarning =
  /** Nothing is stored: all is fetched again at the next visit. */
  | { kind: 'memory' }
  | { kind: 'nearly_full', percent: number }
  /** @param percent undefined where the browser speaks of room and gives none @param offer the company whose data were longest not used here, where one can go */
  | { kind: 'full', percent: number | undefined, offer: CompanyStorageRow | undefined }

/**
 * Judges what the leader says of the device.
 * @param companies as companyStorageRead has them: longest not used first
 * @param current the company that is on the screen: it is not offered
 * @param isStopped whether something has found no room: that is true, whatever the browser says of its quota
 */
export function storageWarning(device: DeviceStatusRow | undefined, companies: readonly CompanyStorageRow[], current: string | undefined, isStopped = false): StorageWarning | undefined {
  if (!device) return undefined
  if (device.storage === 'memory') return { kind: 'memory' }
  const full = fullness(device)
  const offer = companies.find(({ id, kept, row_count: rows }) => kept && rows > 0 && id !== current)
  if (isStopped && !(full !== undefined && full >= FULL)) return { kind: 'full', percent: undefined, offer }
  if (full === undefined || full < NEARLY_FULL) return undefined
  // Downwards: 100 would claim that nothing fits any more.
  const percent = Math.floor(full * 100)
  if (full < FULL) return { kind: 'nearly_full', percent }
  return { kind: 'full', percent, offer }
}
