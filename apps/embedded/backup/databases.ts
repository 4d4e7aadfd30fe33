// The database beside the database: made, filled, and put in its place in one step.
import type pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'
import { StackError } from '../errors.ts'
import { DATABASE } from '../postgres/cluster.ts'
import type { Credentials } from '../postgres/credentials.ts'
import { type Server, prepareDatabase, urlOf } from '../postgres/roles.ts'
import { withSession } from '../postgres/session.ts'
import { quote } from './tables.ts'

/** Databases of this name are nobody's once the command that made them has ended. */
const BESIDE = 'mvdb_beside'
const REPLACED = 'mvdb_beside_replaced'
/** An arbitrary number: one backup or restore at a time. */
const LOCK = 7_211_206
const SWAP_TIMEOUT_MS = 20_000

/** Runs work on a session of the superuser. */
export async function asSuperuser<T>(server: Server, credentials: Credentials, database: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  return await withSession({ connectionString: urlOf(server, 'postgres', credentials.superuser, database), application_name: 'multi-vendor-db backup', connectionTimeoutMillis: 10_000 }, use)
}

/**
 * Holds the only right to make databases beside the database while work runs, and removes what killed ones left.
 * Throws a StackError where another has it.
 */
export async function alone<T>(server: Server, credentials: Credentials, work: () => Promise<T>): Promise<T> {
  return await asSuperuser(server, credentials, 'postgres', async (client) => {
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [LOCK])
    if (!rows[0]?.mine) throw new StackError('backup_runs', 'Another backup or restore of these data is running: wait until it has ended.')
    await dropBeside(client)
    return await work()
  })
}

/** Makes an empty database beside the database, with the roles' rights; drops it when work has ended, where it is still there. */
export async function beside<T>(server: Server, credentials: Credentials, use: (database: string) => Promise<T>): Promise<T> {
  await prepareDatabase(server, credentials, BESIDE)
  try {
    return await use(BESIDE)
  }
  finally {
    await asSuperuser(server, credentials, 'postgres', dropBeside).catch(() => {})
  }
}

/**
 * Puts a database in the place of the one that serves. Sessions of the old one are ended; whoever connects meanwhile
 * waits, and finds the new one. Killed at any moment, it is one or the other.
 */
export async function putInPlace(server: Server, credentials: Credentials, database: string): Promise<void> {
  await asSuperuser(server, credentials, 'postgres', async (client) => {
    await asSuperuser(server, credentials, 'postgres', async (ender) => {
      const ended = { yes: false }
      const ending = endSessions(ender, ended)
      try {
        await swap(client, database)
      }
      finally {
        ended.yes = true
        await ending
      }
    })
    await dropBeside(client)
  })
}

async function swap(client: pg.Client, database: string): Promise<void> {
  for (const deadline = Date.now() + SWAP_TIMEOUT_MS; ;) {
    await client.query('BEGIN')
    try {
      // The first holds the name fast: from here on nobody comes in, and those that are in are ended beside.
      await client.query(`ALTER DATABASE ${DATABASE} RENAME TO ${REPLACED}`)
      await client.query(`ALTER DATABASE ${quote(database)} RENAME TO ${DATABASE}`)
      await client.query('COMMIT')
      return
    }
    catch (error) {
      await client.query('ROLLBACK').catch(() => {})
      const inUse = error instanceof Error && 'code' in error && error.code === '55006'
      if (!inUse) throw error
      if (Date.now() > deadline) throw new StackError('database_in_use', 'The database could not be replaced, because somebody is always connected to it: stop the app, then run the command again. Nothing was changed.')
    }
  }
}

async function endSessions(client: pg.Client, ended: { yes: boolean }): Promise<void> {
  while (!ended.yes) {
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [DATABASE]).catch(() => {})
    await sleep(20)
  }
}

/** Drops what killed commands have left, with the slots in it: a slot holds its database, and its name is the next one's. */
export async function dropBeside(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1) AND EXISTS (SELECT FROM pg_database WHERE datname = $2)`, [BESIDE, DATABASE])
  for (const { name } of rows) {
    await client.query('SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE database = $1 AND active', [name])
    for (let attempt = 0; ; attempt++) {
      try {
        // The stack drops its slot by itself when it comes back; then there is none to be found here.
        await client.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1', [name])
        await client.query(`DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`)
        break
      }
      catch (error) {
        if (attempt === 50) throw error
        await sleep(100)
      }
    }
  }
}
