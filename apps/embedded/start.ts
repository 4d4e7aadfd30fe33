// The whole stack: a PostgreSQL and Electric's protocol beside it.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { asSuperuser, dropBeside } from './backup/databases.ts'
import { Engine } from './engine.ts'
import { StackError } from './errors.ts'
import { ShapeServer } from './http/server.ts'
import type { Timing } from './http/timing.ts'
import { findBinaries } from './postgres/binaries.ts'
import { Cluster } from './postgres/cluster.ts'
import { credentialsOf, saveCredentials } from './postgres/credentials.ts'
import { lockDataDir } from './postgres/lock.ts'
import { refuseOtherMajor } from './postgres/major.ts'
import { place } from './postgres/placement.ts'
import { freePort } from './postgres/ports.ts'
import { APP_ROLE, OWNER_ROLE, changeSuperuserPassword, prepareDatabase, urlOf } from './postgres/roles.ts'

const MEGABYTE = 1024 * 1024
const HOUR_MS = 60 * 60_000
const DEFAULT_PASSWORD = 'password'

export interface EmbeddedOptions extends Partial<Timing> {
  /** Port of /v1/shape; 0 takes any free one. */
  port: number
  /** Port of Postgres; 0 takes any free one. */
  pgPort: number
  /** Everything that is kept; made where it does not exist. */
  dataDir: string
  /** What a request must carry. Exactly one of `secret` and `insecure`. */
  secret?: string
  insecure?: boolean
  /** Of the superuser `postgres`; `password` where none is given. */
  password?: string
  /** Bytes of a snapshot page and of a page of the log. */
  snapshotPageBytes?: number
  /** Bytes kept of each shape's log, or as many as its snapshot has where that is larger. */
  logMaxBytes?: number
  /** How long a shape is kept that nobody asks for; an hour where none is given. */
  shapeIdleMs?: number
  /** How many shapes are kept, the most recently asked for; 1,000 where none is given. */
  maxShapes?: number
}

export interface Embedded {
  /** Base of /v1/shape. */
  url: string
  port: number
  pgPort: number
  /** Connection URLs: superuser, the role that migrates, the role that serves. */
  adminUrl: string
  ownerUrl: string
  appUrl: string
  /** Where Postgres keeps its files, when that is not inside the data folder. */
  placedOutside?: string
  stop(): Promise<void>
  /** Requests that are reading a shape or waiting on one, now. */
  readers(): number
  /** For tests: takes Postgres away, as an operator's restart would. */
  stopPostgres(): Promise<void>
  startPostgres(): Promise<void>
}

/**
 * Starts the stack and resolves once it answers. Rejects with a StackError (a code and a sentence) for a port or a
 * data folder in use, or wrong options; nothing is left running then.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  checkOptions(options)
  const dataDir = path.resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true })
  const unlock = lockDataDir(dataDir)
  const undo: (() => Promise<void> | void)[] = [unlock]
  let stopping: Promise<void> | undefined
  try {
    if (options.port !== 0) await freePort(options.port, '--port')
    const binaries = findBinaries()
    const placement = place(dataDir, binaries)
    refuseOtherMajor(placement.data, binaries, dataDir)
    const credentials = credentialsOf(dataDir, options.password ?? DEFAULT_PASSWORD)
    const cluster = new Cluster({ placement, dataDir, password: credentials.superuser })
    cluster.initialise()
    await cluster.start(options.pgPort)
    undo.unshift(() => cluster.stop())
    if (options.password !== undefined && options.password !== credentials.superuser) {
      await changeSuperuserPassword(cluster, credentials.superuser, options.password)
      credentials.superuser = options.password
      saveCredentials(dataDir, credentials)
    }
    // Of a restore that was killed; the role of a table in it could not be dropped below.
    await asSuperuser(cluster, credentials, 'postgres', dropBeside)
    await prepareDatabase(cluster, credentials)
    const engine = new Engine({
      cluster,
      credentials,
      shapesFolder: path.join(dataDir, 'shapes'),
      bounds: { pageBytes: options.snapshotPageBytes ?? 10 * MEGABYTE, maxBytes: options.logMaxBytes ?? 64 * MEGABYTE },
      retention: { idleMs: options.shapeIdleMs ?? HOUR_MS, maxShapes: options.maxShapes ?? 1_000 },
    })
    undo.unshift(() => engine.stop())
    const server = new ShapeServer({ engine, timing: timingOf(options), ...(options.insecure ? {} : { secret: options.secret ?? '' }) })
    await server.listen(options.port)
    undo.unshift(() => server.close())
    await engine.start()
    return {
      url: `http://127.0.0.1:${server.port}`,
      port: server.port,
      pgPort: cluster.port,
      adminUrl: urlOf(cluster, 'postgres', credentials.superuser),
      ownerUrl: urlOf(cluster, OWNER_ROLE, credentials.owner),
      appUrl: urlOf(cluster, APP_ROLE, credentials.app),
      ...(placement.outside ? { placedOutside: placement.data } : {}),
      readers: () => engine.registry.readers,
      stop: () => stopping ??= runAll(undo),
      stopPostgres: async () => {
        engine.restartsPostgres = false
        await cluster.stop()
      },
      startPostgres: async () => {
        await cluster.start(cluster.port)
        engine.restartsPostgres = true
      },
    }
  }
  catch (error) {
    await runAll(undo).catch(() => {})
    throw error
  }
}

/** Runs every step, whatever the others do; then throws the first failure. */
async function runAll(steps: (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps) {
    try {
      await step()
    }
    catch (error) {
      failures.push(error)
    }
  }
  if (failures.length) throw failures[0]
}

function checkOptions({ secret, insecure }: EmbeddedOptions): void {
  if (secret === '') throw new StackError('empty_secret', 'The secret is empty, which would let everyone in: give one with --secret, or say --insecure.')
  if (secret === undefined && !insecure) throw new StackError('no_secret', 'Give a secret with --secret, or say --insecure to answer anyone on this machine.')
  if (secret !== undefined && insecure) throw new StackError('secret_and_insecure', '--secret and --insecure exclude each other: give one of them.')
}

function timingOf(options: EmbeddedOptions): Timing {
  return {
    longPollMs: options.longPollMs ?? 20_000,
    offsetPastEndMs: options.offsetPastEndMs ?? 10_000,
    postgresWaitMs: options.postgresWaitMs ?? 5_000,
    sseKeepAliveMs: options.sseKeepAliveMs ?? 21_000,
    sseTimeoutMs: options.sseTimeoutMs ?? 60_000,
  }
}
