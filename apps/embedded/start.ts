// The whole stack: a PostgreSQL and Electric's protocol beside it.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { asSuperuser, dropBeside } from './backup/databases.ts'
import { StackError } from './errors.ts'
import { findBinaries } from './postgres/binaries.ts'
import { Cluster } from './postgres/cluster.ts'
import { credentialsOf, saveCredentials } from './postgres/credentials.ts'
import { isGivenFolder } from './postgres/given-folder.ts'
import { lockDataDir } from './postgres/lock.ts'
import { refuseOtherMajor } from './postgres/major.ts'
import { place } from './postgres/placement.ts'
import { freePort } from './postgres/ports.ts'
import { changeSuperuserPassword, prepareDatabase } from './postgres/roles.ts'
import { OwnPostgres } from './postgres/source.ts'
import { checkSecret, runAll, serveShapes, type ShapeOptions, type Undo } from './serve.ts'

const DEFAULT_PASSWORD = 'password'

export interface EmbeddedOptions extends ShapeOptions {
  /** Port of Postgres; 0 takes any free one. */
  pgPort: number
  /** Of the superuser `postgres`; `password` where none is given. */
  password?: string
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
  checkSecret(options)
  const dataDir = path.resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true })
  const unlock = lockDataDir(dataDir)
  const undo: Undo = [unlock]
  let stopping: Promise<void> | undefined
  try {
    if (options.port !== 0) await freePort(options.port, '--port')
    if (isGivenFolder(dataDir)) throw new StackError('given_data', `${dataDir} belongs to a PostgreSQL that was given with --database-url: pass --data with another folder.`)
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
    const source = new OwnPostgres(cluster, credentials)
    const { engine, server } = await serveShapes(source, { ...options, dataDir }, undo)
    return {
      url: `http://127.0.0.1:${server.port}`,
      port: server.port,
      pgPort: cluster.port,
      adminUrl: source.urlOf('admin'),
      ownerUrl: source.ownerUrl,
      appUrl: source.appUrl,
      ...(placement.outside ? { placedOutside: placement.data } : {}),
      readers: () => engine.registry.readers,
      stop: () => stopping ??= runAll(undo),
      stopPostgres: async () => {
        source.restarts = false
        await cluster.stop()
      },
      startPostgres: async () => {
        await cluster.start(cluster.port)
        source.restarts = true
      },
    }
  }
  catch (error) {
    await runAll(undo).catch(() => {})
    throw error
  }
}
