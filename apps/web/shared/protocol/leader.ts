import type { RowPiece } from './row-changes'
import type { StorageAct } from './storage'
import type { SyncState } from './sync'

/**
 * What a tab and the elected leader say to each other over one BroadcastChannel a database: one message a question, one
 * back. The leader holds the database, the sync and the live reads; a tab holds none of them.
 *
 *   tab ── ask ──────────────▶ leader        tab ◀── answer ── leader
 *   tab ── forget ───────────▶ leader        (nobody waits for the answer any more: not begun, it is not begun)
 *   tab ── subscribe ────────▶ leader        tab ◀── rows ──── leader   (the list at once, then each change of it)
 *   tab ── unsubscribe ──────▶ leader
 *   leader ── lead ──────────▶ every tab     (a new leader is up: ask again what is unanswered, subscribe anew)
 *   leader ── held ──────────▶ every tab     (another worker holds the files, or a part of PGlite cannot be fetched; it goes on trying, `lead` follows)
 *   leader ── ended ─────────▶ every tab     (the database is closed for good: nothing will be answered; or for the
 *                                              tabs of one version, which give way to those of a later one)
 *
 * A live read is named by `liveKey`, and its changes are said once for all tabs: equal reads of any number of tabs are one.
 * Each tab holds a Web Lock named by `tabLock`; when the leader gets that lock, the tab is gone and what it held is released.
 */
/** The local database of one person: another person, schema or installation is another database. Also PGliteWorker's id. */
export const localDatabaseName = (databaseName: string, userId: string, schemaVersion: string) => `${databaseName}-${userId}-${schemaVersion}`

/** Where pages keep the last answers of a person's reads: a folder in OPFS. Data like the database's, and deleted with it. */
export const answersFolder = (databaseName: string, userId: string) => `${databaseName}-${userId}-answers`

/** Where PGlite keeps a database in IndexedDB; in OPFS the folder has the database's own name. */
export const indexedDbName = (database: string) => `/pglite/${database}`

export const channelName = (database: string) => `leader:${database}`
export const tabLock = (database: string, tab: string) => `tab:${database}:${tab}`

export type Question =
  /** Raw SQL, for `usePGLite().query` (tools and tests; pages use reads). Read-only transaction. */
  | { kind: 'query', sql: string, params: unknown[] }
  /** A named read, once. */
  | { kind: 'read', read: string, params: unknown[] }
  /** Try failed shapes again now (all, or one by its key). */
  | { kind: 'retry', shapeKey?: string }
  /** Close the database and delete it from this device. */
  | { kind: 'purge' }
  | StorageAct
  /** Answered as soon as a leader of the tab's own version is up. */
  | { kind: 'hello', page: PageVersion }

/** Which build of the app a page is, and since when it is open (ms since 1970). */
export interface PageVersion { version: string, since: number }

/**
 * Which of two pages has to give way, where they are of different versions: one database is opened by one of them. The
 * page that was opened later has what the server gives out now, also where an update was taken back.
 */
export function outdated(leader: PageVersion, tab: PageVersion): 'leader' | 'tab' | undefined {
  if (leader.version === tab.version) return undefined
  return tab.since > leader.since ? 'leader' : 'tab'
}

/** What a live read goes by among tabs and leader. */
export const liveKey = (read: string, params: readonly unknown[]) => JSON.stringify([read, params])

export type FromTab =
  | { to: 'leader', kind: 'ask', tab: string, id: number, question: Question }
  | { to: 'leader', kind: 'forget', tab: string, id: number }
  | { to: 'leader', kind: 'subscribe', tab: string, read: string, params: unknown[] }
  | { to: 'leader', kind: 'unsubscribe', tab: string, read: string, params: unknown[] }

/** Why a database does not open yet: another worker holds its files, or PGlite's program cannot be fetched now. */
export type HeldReason = 'held' | 'unreached'

/** Why a database was closed for good. */
export type EndReason = 'wrong_user' | 'purged' | 'failed' | 'outdated'

export interface QueryFailure {
  message: string
  /** The SQLSTATE where the database gave one. */
  sqlstate?: string
}

export type FromLeader =
  | { to: 'tabs', kind: 'lead', epoch: string }
  /** Where no reason is named it is the files, as earlier versions say it. */
  | { to: 'tabs', kind: 'held', why?: HeldReason }
  | { to: 'tabs', kind: 'answer', epoch: string, tab: string, id: number, rows?: object[], failure?: QueryFailure }
  /** To every tab that holds the read; to the one that is named where it has just joined. */
  | { to: 'tabs', kind: 'rows', epoch: string, live: string, tab?: string, push: RowsPush }
  /** For the pages and workers of one version, where it is named. */
  | { to: 'tabs', kind: 'ended', reason: EndReason, message: string, version?: string }

/**
 * The whole list, or what changed in it since `base` where that is shorter, or why there is none. Versions count the
 * pushes of one leader for one read. `complete`: the local copy holds all that the read needs; absent until that is known.
 */
export type RowsPush =
  | { version: number, rows: object[], complete?: boolean }
  | { version: number, base: number, pieces: readonly RowPiece[], complete?: boolean }
  | { version: number, failure: QueryFailure }

/** A row of the leader's table `sync_status`, one a shape: status is rows, read like everything else. */
export interface SyncStatusRow {
  shape_key: string
  shape: string
  /** The company, or null for the two shapes of the user. */
  company_id: string | null
  state: SyncState
  /** Rows held, and about how many there will be (null while unknown). */
  row_count: number
  row_estimate: number | null
  /** Whether the copy is complete: it was up to date at least once since its first sync began. */
  complete: boolean
  last_synced_at: Date | null
  /** A code of protocol/answers, or `apply_failed`, `network`; with its sentence. */
  error_code: string | null
  error: string | null
  /** Since when the server cannot be used; null where it can. */
  offline_since: Date | null
  /** How fast a first sync goes; null where none runs. */
  rows_per_second: number | null
  /** How far in the server's log the rows here are. */
  log_offset: string | null
}

/** What the tab hands to the worker when it starts (PGliteWorker's `meta`). */
export interface WorkerMeta {
  userId: string
  /** Without user and schema version: `PGLITE_DB_NAME`. */
  databaseName: string
  /** The page that starts it. */
  page: PageVersion
}
