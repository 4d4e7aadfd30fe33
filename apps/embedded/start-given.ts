// `/v1/shape` in front of a PostgreSQL that is given.
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { StackError } from './errors.ts'
import { GivenPostgres } from './postgres/given.ts'
import { givenFolderOf } from './postgres/given-folder.ts'
import { lockDataDir } from './postgres/lock.ts'
import { freePort } from './postgres/ports.ts'
import { checkSecret, runAll, serveShapes, type ShapeOptions, type Undo } from './serve.ts'

export interface GivenOptions extends ShapeOptions {
  /** Of a superuser of the database. */
  databaseUrl: string
}

export interface Shapes {
  /** Base of /v1/shape. */
  url: string
  port: number
  /** Where the database is, without who and with what password. */
  place: string
  stop(): Promise<void>
}

/**
 * Starts it and resolves once it answers. Rejects with a StackError for wrong options, for a port or a data folder in use
 * and for whatever the server lacks; nothing is left running then.
 */
export async function startGiven(options: GivenOptions): Promise<Shapes> {
  checkSecret(options)
  const dataDir = path.resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true })
  const undo: Undo = [lockDataDir(dataDir)]
  let stopping: Promise<void> | undefined
  try {
    if (options.port !== 0) await freePort(options.port, '--port')
    if (existsSync(path.join(dataDir, 'credentials.json'))) throw new StackError('own_data', `${dataDir} holds a PostgreSQL of its own: pass --data with another folder.`)
    const postgres = new GivenPostgres(options.databaseUrl, givenFolderOf(dataDir))
    await postgres.prepare()
    const { server } = await serveShapes(postgres, { ...options, dataDir }, undo)
    return { url: `http://127.0.0.1:${server.port}`, port: server.port, place: postgres.place, stop: () => stopping ??= runAll(undo) }
  }
  catch (error) {
    await runAll(undo).catch(() => {})
    throw error
  }
}
