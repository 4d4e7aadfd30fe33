import type { PGliteInterface } from '@electric-sql/pglite'

export interface UpkeepOptions {
  pg: PGliteInterface
  /** How long nobody must have worked on the database before it is tidied. */
  idleMs?: number
  everyMs?: number
}

const IDLE_MS = 5_000
const EVERY_MS = 30_000

/** Like autovacuum's own: so many dead rows, and such a share of the living. */
const DEAD = 'n_dead_tup > 1000 + 0.2 * n_live_tup'
/** A kill takes the counts along: a table that was not looked at since may hold anything. Where nothing is dead that is quick. */
const UNKNOWN = 'last_vacuum IS NULL AND pg_relation_size(relid) > 1024 * 1024'
/** Half of a table dead: not put off any longer, however busy it is. */
const URGENT = 'n_dead_tup > 10000 + n_live_tup'

/** Bytes of write-ahead log: what is removed when idle, and what is removed at once. */
const LOG = { idle: 16e6, urgent: 64e6 }

/**
 * Keeps the database small. This PostgreSQL has no processes beside the one that answers: nobody vacuums and nobody
 * checkpoints by itself, so dead rows and the log would grow for as long as the database lives. Nothing is analyzed: the
 * queries are written for a planner without statistics.
 */
export class Upkeep {
  readonly #options: UpkeepOptions
  #timer: ReturnType<typeof setInterval> | undefined
  #busyAt = performance.now()
  #running: Promise<void> = Promise.resolve()
  #isRunning = false
  #stopped = false

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => this.#turn(), this.#options.everyMs ?? EVERY_MS)
  }

  /** Resolves when nothing of it runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#running
  }

  /** Somebody works on the database. */
  busy(): void {
    this.#busyAt = performance.now()
  }

  /** For how many ms nobody has worked on the database. */
  get idleFor(): number {
    return performance.now() - this.#busyAt
  }

  /** Does what is due. @returns the tables that were vacuumed */
  async run(idle: boolean): Promise<string[]> {
    const { pg } = this.#options
    await pg.query('SELECT pg_stat_force_next_flush()')
    const { rows } = await pg.query<{ name: string }>(
      `SELECT relid::regclass::text AS name FROM pg_stat_user_tables WHERE ${idle ? `(${DEAD}) OR (${UNKNOWN})` : URGENT} ORDER BY n_dead_tup DESC`)
    for (const { name } of rows) {
      if (this.#stopped) return []
      // Each by itself: whoever waits gets a turn in between.
      await pg.exec(`VACUUM ${name}`)
    }
    const { rows: [log] } = await pg.query<{ bytes: number }>('SELECT coalesce(sum(size), 0)::float8 AS bytes FROM pg_ls_waldir()')
    if ((log?.bytes ?? 0) > (idle ? LOG.idle : LOG.urgent)) await pg.exec('CHECKPOINT')
    return rows.map(({ name }) => name)
  }

  /** Gives back all that can be given back, now. It takes as much room beside as the largest table, and some seconds. */
  async tidy(): Promise<void> {
    const { pg } = this.#options
    const { rows } = await pg.query<{ name: string }>('SELECT relid::regclass::text AS name FROM pg_stat_user_tables ORDER BY pg_relation_size(relid)')
    for (const { name } of rows) await pg.exec(`VACUUM FULL ${name}`)
    await pg.exec('CHECKPOINT')
  }

  #turn(): void {
    if (this.#isRunning || this.#stopped) return
    this.#isRunning = true
    const idle = this.idleFor > (this.#options.idleMs ?? IDLE_MS)
    this.#running = this.run(idle).then(() => undefined, (error: unknown) => {
      if (!this.#stopped) console.warn('The database could not be tidied:', error)
    }).finally(() => { this.#isRunning = false })
  }
}
