/** Where the local database lives: files of the browser, its IndexedDB, or the worker's memory where it lets us store nothing. */
export type StorageKind = 'opfs' | 'idb' | 'memory'

/** The one row of the leader's table `device_status`: what this device gives, and who leads on it. */
export interface DeviceStatusRow {
  storage: StorageKind
  /** Bytes that this site takes here, and that the browser would let it take; null where it does not say. */
  usage: number | null
  quota: number | null
  /** Whether the browser promised not to clear it by itself. */
  persisted: boolean | null
  /** Bytes of the database itself, with what is dead in it and its log. */
  database_bytes: number | null
  /** Tells one leader from the next. */
  leader: string
  leader_since: Date
  schema_version: string
  database_version: string
}

/** A company of the person as this device keeps it. */
export interface CompanyStorageRow {
  id: string
  name: string | null
  /** Whether its data are held here; else its pages ask the server. */
  kept: boolean
  /** When a page of it was last opened here. */
  used_at: Date | null
  row_count: number
}

/** From here on the storage is said to run full, as a share of the quota. */
export const NEARLY_FULL = 0.8
/** From here on something is offered to go. */
export const FULL = 0.95

/** Code of a shape that stopped because the browser gives no more room. */
export const STORAGE_FULL = { code: 'storage_full', sentence: 'The browser gives this site no more room on this device.', next: 'Free space in the settings, under Storage, or on the device; it goes on by itself then.' } as const

/** How full the storage is, from 0 to 1; undefined where the browser does not say. */
export function fullness({ usage, quota }: { usage: number | null, quota: number | null }): number | undefined {
  return usage === null || !quota ? undefined : usage / quota
}

/** What a page has the leader do about the storage. */
export type StorageAct =
  /** Hold a company's data on this device, or no longer. */
  | { kind: 'keep', company: string, kept: boolean }
  /** A page of a company was opened. */
  | { kind: 'used', company: string }
  /** Give back what dead rows and old log take. */
  | { kind: 'tidy' }
