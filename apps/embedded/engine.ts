// Keeps Postgres, the replication stream and the shapes together.
//
//   starting --replication runs--> active --connection lost, Postgres gone--> starting --> ... --stop--> stopped
import { setTimeout as sleep } from 'node:timers/promises'
import { loadModule } from 'libpg-query'
import pg from 'pg'
import { messageOf } from './errors.ts'
import { log } from './logging.ts'
import { bootId } from './postgres/processes.ts'
import type { Source } from './postgres/source.ts'
import { ShapeCreator } from './shapes/creator.ts'
import { Dispatcher } from './shapes/dispatcher.ts'
import type { LogBounds } from './shapes/log.ts'
import { ShapeRegistry } from './shapes/registry.ts'
import { Retention, type RetentionBounds } from './shapes/retention.ts'
import { dropOrphanRoles, prepareReplication } from './wal/publication.ts'
import { OUTPUT_SETTINGS, WalStream } from './wal/stream.ts'

const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 1_000

export interface EngineOptions {
  source: Source
  shapesFolder: string
  bounds: LogBounds
  retention: RetentionBounds
}

export class Engine {
  readonly registry: ShapeRegistry
  readonly dispatcher: Dispatcher
  readonly creator: ShapeCreator
  /** Superuser sessions, for the catalogue and for publishing tables. Nothing of a request's text reaches them. */
  readonly admin: pg.Pool
  /** Sessions of the reader role, for snapshots and predicates. */
  readonly readers: pg.Pool
  /** Sessions in which a where is judged before anything is made of it. */
  readonly checkers: pg.Pool
  private readonly options: EngineOptions
  private readonly matching: pg.Pool
  private readonly stream: WalStream
  private readonly retention: Retention
  private state: 'starting' | 'active' | 'stopped' = 'starting'
  private waiting = new Set<() => void>()
  private loaded = false
  private confirmed = 0
  private toldAway = false
  private loop: Promise<void> = Promise.resolve()

  constructor(options: EngineOptions) {
    this.options = options
    const { source } = options
    this.admin = pool(source.urlOf('admin'), 8)
    this.readers = pool(source.urlOf('reader'), 8)
    this.checkers = pool(source.urlOf('checker'), 2)
    // Apart from the snapshots', so that live changes never queue behind a long one.
    this.matching = pool(source.urlOf('reader'), 2)
    this.registry = new ShapeRegistry(options.shapesFolder, options.bounds)
    this.retention = new Retention(this.registry, options.retention)
    this.dispatcher = new Dispatcher(this.registry, this.matching, this.admin)
    this.creator = new ShapeCreator({
      registry: this.registry, dispatcher: this.dispatcher, admin: this.admin, readers: this.readers, names: source.names,
      pageBytes: options.bounds.pageBytes,
      onMade: () => this.retention.made(),
    })
    this.stream = new WalStream(this.dispatcher, source.names)
  }

  get active(): boolean {
    return this.state === 'active'
  }

  /** Begins to follow Postgres, and goes on until `stop`. Rejects when the first start fails. */
  async start(): Promise<void> {
    await loadModule()
    await this.connectOnce()
    this.retention.start()
    this.loop = this.follow()
    await this.whenActive(60_000)
  }

  /** True as soon as the engine is active, false when it is not within the time. */
  async whenActive(timeoutMs: number): Promise<boolean> {
    if (this.active) return true
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, timeoutMs)
      this.waiting.add(done)
    })
    return this.active
  }

  async stop(): Promise<void> {
    this.state = 'stopped'
    this.retention.stop()
    await this.stream.stop()
    await this.loop
    await Promise.allSettled([this.admin, this.readers, this.checkers, this.matching].map(each => each.end()))
  }

  /** Prepares the database and, the first time, reads the shapes of the last run back. */
  private async connectOnce(): Promise<void> {
    const client = await this.admin.connect()
    try {
      if (!this.loaded) await dropOrphanRoles(client, this.options.source.names)
      // No shape is being made meanwhile: one with a snapshot from before a new slot must not be added after `adopt`.
      const replication = await this.dispatcher.exclusively(async () => {
        const prepared = await prepareReplication(client, this.options.source.names, () => this.registry.disown())
        const boot = bootId()
        // The boot is part of it: after a crash of the machine the shapes may lack what the slot has confirmed.
        const identity = boot && `${prepared.system} ${boot}`
        if (this.loaded) this.registry.adopt(identity)
        else this.registry.load(identity)
        this.loaded = true
        return prepared
      })
      this.confirmed = replication.confirmed
      this.dispatcher.lastSeenLsn = Math.max(this.dispatcher.lastSeenLsn, replication.confirmed)
    }
    finally {
      client.release()
    }
  }

  private async follow(): Promise<void> {
    let retryMs = FIRST_RETRY_MS
    let connected = true
    const { source } = this.options
    while (!this.isStopped()) {
      try {
        if (!connected) {
          await source.revive()
          await this.connectOnce()
          // Asked to stop meanwhile: there was no stream yet that could have been stopped.
          if (this.isStopped()) return
        }
        await this.stream.run(source.urlOf('admin'), this.confirmed, () => {
          retryMs = FIRST_RETRY_MS
          this.become('active')
          if (this.toldAway) log.info('Postgres is back.')
          this.toldAway = false
        })
      }
      catch (error) {
        if (!this.isStopped() && !this.toldAway) log.warn(`Postgres is away, trying until it is back: ${messageOf(error)}`)
        this.toldAway = true
      }
      this.dispatcher.abort()
      connected = false
      if (this.isStopped()) return
      this.become('starting')
      await sleep(retryMs)
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
    }
  }

  private isStopped(): boolean {
    return this.state === 'stopped'
  }

  private become(state: 'starting' | 'active'): void {
    if (this.state === 'stopped') return
    this.state = state
    if (state === 'active') for (const done of [...this.waiting]) done()
  }
}

function pool(connectionString: string, max: number): pg.Pool {
  const made = new pg.Pool({ connectionString, max, options: `${OUTPUT_SETTINGS} -c search_path=pg_catalog`, idleTimeoutMillis: 30_000, connectionTimeoutMillis: 5_000 })
  // A session that Postgres ends must not end this process. The pool listens to idle ones only, not to one that is lent
  // out between two statements, nor to one that it is closing.
  made.on('error', () => {})
  made.on('connect', client => client.on('error', () => {}))
  return made
}
