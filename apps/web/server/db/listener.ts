import pg from 'pg'
import { log } from '../log'

/** Every so often the connection is asked whether it is alive: one that died in silence would hear nothing and not know. */
const BEAT_MS = 3_000
/** A beat that is not answered within this time ends it. */
const PATIENCE_MS = 3_000
const FIRST_PAUSE_MS = 100
const LAST_PAUSE_MS = 5_000

export interface ListenerOptions {
  connectionString: string
  channel: string
  /** Called with the text of each notification, in the order of the commits. */
  heard: (payload: string) => void
  /** Called when it hears again after a time in which notifications may have been missed. */
  back: () => void
}

/**
 * A connection that hears NOTIFY on one channel, for as long as the process lives.
 *
 *   connecting ── LISTEN is answered ──────────────────────▶ hearing
 *   hearing    ── lost, or a beat is not answered in 3 s ──▶ pausing
 *   connecting ── refused, or nothing for 3 s ─────────────▶ pausing
 *   pausing    ── 0.1 s, twice as long each time, to 5 s ──▶ connecting
 *   any        ── stop ────────────────────────────────────▶ stopped
 */
export class Listener {
  readonly #options: ListenerOptions
  #client: pg.Client | undefined
  #state: 'connecting' | 'hearing' | 'pausing' | 'stopped' = 'connecting'
  #timer: NodeJS.Timeout | undefined
  #pauseMs = FIRST_PAUSE_MS
  #hasHeard = false

  constructor(options: ListenerOptions) {
    this.#options = options
    void this.#connect()
  }

  /** Whether a notification that is sent now will be heard. */
  get isHearing(): boolean {
    return this.#state === 'hearing'
  }

  async stop(): Promise<void> {
    this.#state = 'stopped'
    clearTimeout(this.#timer)
    await this.#client?.end().catch(() => undefined)
  }

  async #connect(): Promise<void> {
    this.#state = 'connecting'
    const { connectionString, channel, heard, back } = this.#options
    const client = new pg.Client({ connectionString, application_name: 'multi-vendor-db listener', connectionTimeoutMillis: PATIENCE_MS, query_timeout: PATIENCE_MS, keepAlive: true })
    this.#client = client
    client.on('error', error => this.#lost(client, error))
    client.on('end', () => this.#lost(client))
    client.on('notification', ({ payload }) => heard(payload ?? ''))
    try {
      await client.connect()
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`)
    }
    catch (error) {
      return this.#lost(client, error)
    }
    if (this.#client !== client || this.#isStopped) return
    this.#state = 'hearing'
    this.#pauseMs = FIRST_PAUSE_MS
    if (this.#hasHeard) back()
    this.#hasHeard = true
    this.#timer = setTimeout(() => void this.#beat(client), BEAT_MS)
  }

  async #beat(client: pg.Client): Promise<void> {
    try {
      await client.query('SELECT 1')
      if (this.#client === client && !this.#isStopped) this.#timer = setTimeout(() => void this.#beat(client), BEAT_MS)
    }
    catch (error) {
      this.#lost(client, error)
    }
  }

  #lost(client: pg.Client, error?: unknown): void {
    if (this.#client !== client || this.#isStopped) return
    this.#client = undefined
    // A client that waits for an answer that never comes would wait with its own end too.
    client.end().catch(() => undefined)
    clearTimeout(this.#timer)
    if (this.#state === 'hearing') log.warn({ reason: error instanceof Error ? error.message : 'closed' }, 'the connection that hears of changes was lost')
    this.#state = 'pausing'
    this.#timer = setTimeout(() => void this.#connect(), this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, LAST_PAUSE_MS)
  }

  get #isStopped(): boolean {
    return this.#state === 'stopped'
  }
}
