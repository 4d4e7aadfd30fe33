// A PostgreSQL of its own for a test file: no shapes, only the roles.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { findBinaries } from '../../postgres/binaries.ts'
import { Cluster } from '../../postgres/cluster.ts'
import { credentialsOf } from '../../postgres/credentials.ts'
import { place } from '../../postgres/placement.ts'
import { OWN_NAMES } from '../../postgres/names.ts'
import { prepareDatabase, urlOf } from '../../postgres/roles.ts'

export interface TestDatabase {
  /** Logged in as superuser. */
  admin: pg.Pool
  /** Logged in as the role that evaluates predicates. */
  readers: pg.Pool
  stop(): Promise<void>
}

/** Starts a server on a new cluster under the temporary folder; `stop` removes all of it. */
export async function startDatabase(): Promise<TestDatabase> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'mvdb-predicate-'))
  // The server runs as another user when the tests run as root.
  chmodSync(dataDir, 0o755)
  const cluster = new Cluster({ placement: place(dataDir, findBinaries()), dataDir, password: 'password' })
  cluster.initialise()
  await cluster.start(0)
  const credentials = credentialsOf(dataDir, 'password')
  await prepareDatabase(cluster, credentials)
  const pool = (user: string, password: string): pg.Pool => {
    const made = new pg.Pool({ connectionString: urlOf(cluster, user, password), max: 2, options: '-c search_path=pg_catalog' })
    // A session that the server ends while it is idle, or while the pool is closing it, must not end the run.
    made.on('error', () => {})
    made.on('connect', client => client.on('error', () => {}))
    return made
  }
  const admin = pool('postgres', 'password')
  const readers = pool(OWN_NAMES.reader, credentials.reader)
  return {
    admin,
    readers,
    async stop() {
      await Promise.all([admin.end(), readers.end()])
      await cluster.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
