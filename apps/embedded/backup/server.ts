// The PostgreSQL of a data folder: the one that runs on it, or one that is started for as long as it is needed.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StackError } from '../errors.ts'
import { findBinaries } from '../postgres/binaries.ts'
import { Cluster } from '../postgres/cluster.ts'
import { type Credentials, credentialsOf } from '../postgres/credentials.ts'
import { lockDataDir } from '../postgres/lock.ts'
import { refuseOtherMajor } from '../postgres/major.ts'
import { place } from '../postgres/placement.ts'
import { type Server, prepareDatabase } from '../postgres/roles.ts'
import { asSuperuser, dropBeside } from './databases.ts'

const ANSWER_TIMEOUT_MS = 30_000

export interface Access { server: Server, credentials: Credentials }

export interface Wanted {
  dataDir: string
  /** Password of a superuser that is made now; nothing where a folder without data is to be refused. */
  makeWith?: string
}

/**
 * Runs work on the server of a data folder, and leaves it running or stopped as it was found.
 * @throws a StackError: `no_data`, `other_major`, and what starting a server refuses with
 */
export async function withServer<T>({ dataDir, makeWith }: Wanted, work: (access: Access) => Promise<T>): Promise<T> {
  requireData(dataDir, makeWith === undefined)
  const unlock = lockUnlessRunning(dataDir)
  try {
    const placement = place(dataDir, findBinaries())
    if (makeWith === undefined && !existsSync(path.join(placement.data, 'initialised'))) throw noData(dataDir)
    refuseOtherMajor(placement.data, findBinaries(), dataDir)
    const credentials = credentialsOf(dataDir, makeWith ?? '')
    if (!unlock) return await work({ server: await runningOn(placement.data, credentials, dataDir), credentials })
    return await withCluster(new Cluster({ placement, dataDir, password: credentials.superuser }), credentials, work)
  }
  finally {
    unlock?.()
  }
}

/** Starts a cluster for as long as work runs; makes it, and the database with its roles, where they are missing. */
export async function withCluster<T>(cluster: Cluster, credentials: Credentials, work: (access: Access) => Promise<T>): Promise<T> {
  cluster.initialise()
  await cluster.start(0)
  try {
    await asSuperuser(cluster, credentials, 'postgres', dropBeside)
    await prepareDatabase(cluster, credentials)
    return await work({ server: cluster, credentials })
  }
  finally {
    await cluster.stop()
  }
}

function lockUnlessRunning(dataDir: string): (() => void) | undefined {
  try {
    return lockDataDir(dataDir)
  }
  catch (error) {
    if (error instanceof StackError && error.code === 'data_in_use') return undefined
    throw error
  }
}

/** Where the running server listens: the fourth line of its pid file. */
async function runningOn(data: string, credentials: Credentials, dataDir: string): Promise<Server> {
  for (const deadline = Date.now() + ANSWER_TIMEOUT_MS; ;) {
    const port = portIn(path.join(data, 'cluster', 'postmaster.pid'))
    try {
      if (port === undefined) throw new Error('no port yet')
      await asSuperuser({ port }, credentials, 'postgres', client => client.query('SELECT 1'))
      return { port }
    }
    catch {
      if (Date.now() > deadline) throw new StackError('no_answer', `A stack is using ${dataDir}, but its PostgreSQL does not answer: look at ${path.join(dataDir, 'postgres.log')}, or stop it and run the command again.`)
      await sleep(100)
    }
  }
}

function portIn(pidFile: string): number | undefined {
  try {
    const port = Number(readFileSync(pidFile, 'utf8').split('\n')[3])
    return Number.isInteger(port) && port > 0 ? port : undefined
  }
  catch {
    return undefined
  }
}

/** Throws where the folder has no data, though it must, or where they are another account's: its passwords would be made anew. */
export function requireData(dataDir: string, must = true): void {
  const file = path.join(dataDir, 'credentials.json')
  if (!existsSync(file)) {
    if (must) throw noData(dataDir)
    return
  }
  try {
    accessSync(file, constants.R_OK)
  }
  catch {
    throw new StackError('not_yours', `The data in ${dataDir} are another account's: run the command as the one that starts the stack.`)
  }
}

export function noData(dataDir: string): StackError {
  return new StackError('no_data', `There are no data in ${dataDir}: give the folder of the stack with --data.`)
}
