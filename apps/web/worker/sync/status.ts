import type { PGliteInterface } from '@electric-sql/pglite'
import type { SyncState } from '#shared/protocol/sync'
import type { WantedShape } from './wanted'

/** What is known of one shape; see SyncStatusRow of protocol/leader. */
export interface ShapeStatus {
  state: SyncState
  rows: number
  estimate: number | null
  complete: boolean
  lastSyncedAt: Date | null
  code: string | null
  sentence: string | null
  /** How far in the shape's log the rows here are. */
  offset: string | null
}

const NOTHING: ShapeStatus = { state: 'connecting', rows: 0, estimate: null, complete: false, lastSyncedAt: null, code: null, sentence: null, offset: null }

/** Progress is written at most so often: each write costs the pages a turn of the database. */
const WRITE_EVERY_MS = 100
/** After a write that failed: often it was the last change for long, and the screen would keep what was before it. */
const WRITE_AGAIN_MS = 2000
/** That the server was heard again is written at most so often: it is said to the minute. */
const WRITE_CONTACT_MS = 60_000

/**
 * The table `sync_status`, kept in memory and written behind. A shape's own state is one thing and whether the server
 * can be reached another: while it cannot, every shape that has no error of its own reads `offline`.
 */
export class StatusTable {
  readonly #pg: PGliteInterface
  readonly #onWritten: () => void
  readonly #shapes = new Map<string, { shape: WantedShape, status: ShapeStatus, pace: Pace | undefined }>()
  readonly #dirty = new Set<string>()
  #reached = true
  #offlineSince: Date | null = null
  /** What the server answers while it cannot be used; null where nothing answers. */
  #outage: string | null = null
  /** When each shape was last up to date as an earlier leader knew it; of those that are not run yet. */
  readonly #before = new Map<string, Date>()
  /** When our server last spoke to this person. */
  #contact: Date | null = null
  #contactWritten = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #writing: Promise<void> = Promise.resolve()
  #closed = false

  constructor(pg: PGliteInterface, onWritten: () => void) {
    this.#pg = pg
    this.#onWritten = onWritten
  }

  /**
   * Forgets what an earlier leader wrote, but for how old what is here is: a page that is opened offline is to say so.
   * Where that fails it is overwritten shape by shape.
   */
  async clear(): Promise<void> {
    try {
      const { rows } = await this.#pg.query<{ shape_key: string, last_synced_at: Date | null }>('DELETE FROM sync_status RETURNING shape_key, last_synced_at')
      for (const { shape_key: key, last_synced_at: at } of rows) if (at) this.#before.set(key, at)
    }
    catch (error) {
      console.warn('The old sync status could not be deleted:', error)
    }
  }

  get(key: string): ShapeStatus | undefined {
    return this.#shapes.get(key)?.status
  }

  set(shape: WantedShape, change: Partial<ShapeStatus>): void {
    const before = this.#shapes.get(shape.key)
    const known = before ? { ...before.status, lastSyncedAt: this.#freshness(before.status) } : { ...NOTHING, lastSyncedAt: this.#before.get(shape.key) ?? null }
    const status = { ...known, ...change }
    this.#before.delete(shape.key)
    this.#shapes.set(shape.key, { shape, status, pace: status.complete || status.state !== 'syncing' ? undefined : before?.pace ?? { rows: before?.status.rows ?? 0, at: performance.now() } })
    this.#touch(shape.key)
  }

  remove(key: string): void {
    this.#before.delete(key)
    if (this.#shapes.delete(key)) this.#touch(key)
  }

  /** Our server has spoken to this person: what is live is as of now, also where nothing changes for hours. */
  contact(): void {
    this.#contact = new Date()
    if (this.#contact.getTime() - this.#contactWritten < WRITE_CONTACT_MS) return
    this.#contactWritten = this.#contact.getTime()
    for (const [key, { status }] of this.#shapes) if (status.state === 'live') this.#touch(key)
  }

  /** Whether the server can be used; where not, the code of its answer, or `network` where there is none. Out: whether that is news. */
  reach(reached: boolean, code?: string): boolean {
    const outage = reached || code === undefined || code === 'network' ? null : code
    if (this.#reached === reached && this.#outage === outage) return false
    const isNews = this.#reached !== reached
    if (isNews) this.#offlineSince = reached ? null : new Date()
    this.#reached = reached
    this.#outage = outage
    for (const key of this.#shapes.keys()) this.#touch(key)
    return isNews
  }

  /** Writes what is not written yet. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    await this.#writing
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#writing
  }

  /** Whether what the server does to a shape comes at once. */
  isLive(key: string): boolean {
    return this.#reached && this.get(key)?.state === 'live'
  }

  /** When a shape was last up to date. */
  #freshness({ state, lastSyncedAt }: ShapeStatus): Date | null {
    return state === 'live' && this.#contact && (!lastSyncedAt || this.#contact > lastSyncedAt) ? this.#contact : lastSyncedAt
  }

  #touch(key: string): void {
    this.#dirty.add(key)
    if (this.#closed) return
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_EVERY_MS)
  }

  async #write(): Promise<void> {
    if (this.#closed || this.#dirty.size === 0) return
    const keys = [...this.#dirty]
    this.#dirty.clear()
    const rows = keys.flatMap((key) => {
      const found = this.#shapes.get(key)
      return found ? [this.#row(found.shape, found.status, found.pace)] : []
    })
    try {
      await this.#pg.query(
        `WITH gone AS (DELETE FROM sync_status WHERE shape_key = ANY ($2::text[]))
         INSERT INTO sync_status SELECT * FROM jsonb_populate_recordset(NULL::sync_status, $1::jsonb)
         ON CONFLICT (shape_key) DO UPDATE SET state = excluded.state, row_count = excluded.row_count, row_estimate = excluded.row_estimate,
           complete = excluded.complete, last_synced_at = excluded.last_synced_at, error_code = excluded.error_code, error = excluded.error,
           offline_since = excluded.offline_since, rows_per_second = excluded.rows_per_second, log_offset = excluded.log_offset`,
        [rows, keys.filter(key => !this.#shapes.has(key))])
      this.#onWritten()
    }
    catch (error) {
      // Status is not worth stopping the sync for.
      console.warn('The sync status could not be written:', error)
      for (const key of keys) this.#dirty.add(key)
      if (!this.#closed) this.#timer ??= setTimeout(() => void this.flush(), WRITE_AGAIN_MS)
    }
  }

  #row(shape: WantedShape, status: ShapeStatus, pace: Pace | undefined) {
    const offline = !this.#reached && status.state !== 'error' && status.state !== 'revoked'
    return {
      shape_key: shape.key, shape: shape.definition.name, company_id: shape.company,
      state: offline ? 'offline' : status.state,
      row_count: status.rows, row_estimate: status.estimate, complete: status.complete,
      last_synced_at: this.#freshness(status), error_code: status.code ?? (offline ? this.#outage : null), error: status.sentence,
      offline_since: offline ? this.#offlineSince : null, rows_per_second: pace ? paceOf(pace, status.rows) : null, log_offset: status.offset,
    }
  }
}

/** Where a first sync stood when it was first seen to run. */
interface Pace { rows: number, at: number }

/** Rows a second since then; null in the first moment, of which nothing can be said. */
function paceOf({ rows, at }: Pace, now: number): number | null {
  const seconds = (performance.now() - at) / 1000
  return seconds < 0.5 ? null : Math.max(0, Math.round((now - rows) / seconds))
}
