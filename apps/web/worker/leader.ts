import type { PGlite } from '@electric-sql/pglite'
import { SCHEMA_VERSION } from '#shared/generated/catalogue.gen'
import type { Question, WorkerMeta } from '#shared/protocol/leader'
import { createShapeEngine } from '#shape-engine'
import { HeldNotice, LeaderChannel, sayEnded } from './channel/channel'
import { openDatabase } from './database/open'
import { databasesBeginning, deleteDatabase, type Storage } from './database/storage'
import { Ending } from './ending'
import { isComplete } from './reads/completeness'
import { LiveReads } from './reads/live-reads'
import { SearchIndex } from './search/search-index'
import { Sync } from './sync/sync'

/**
 * What the elected worker does, from its election to its end: it alone opens the database, syncs, and answers the tabs.
 * The entry closes the worker when it hears `ended`, and with it goes the election lock: a next one may lead.
 *
 *   elected ──▶ opening ──▶ leading ──▶ ended (wrong user, purged)
 *                │    └───────────────▶ ended (failed)
 *                └─ files held: waits for them without end, and says so to the tabs
 */
export async function lead(database: string, { userId, databaseName }: WorkerMeta): Promise<PGlite> {
  try {
    if (!database.endsWith(SCHEMA_VERSION)) throw new Error('This page and its worker are of different versions')
    const notice = new HeldNotice(database)
    const { pg, storage } = await openDatabase(database, () => notice.held()).finally(() => notice.close())
    await start(pg, storage, database, userId)
    void deleteOlder(storage, database, `${databaseName}-${userId}-`)
    return pg
  }
  catch (error) {
    // PGliteWorker's tabs would wait for ever for an init that throws: they hear it from the channel.
    const message = error instanceof Error ? error.message : String(error)
    sayEnded(database, 'failed', `The local database could not be opened: ${message}`)
    throw error
  }
}

async function start(pg: PGlite, storage: Storage, database: string, userId: string): Promise<void> {
  const reads = new LiveReads(pg, (read, values) => isComplete(pg, sync, userId, read, values))
  const engine = await createShapeEngine(pg)
  const search = new SearchIndex({ pg, onChanged: (tables, filling) => reads.changed(tables, filling) })
  const sync: Sync = new Sync({
    pg, engine, userId,
    origin: self.location.origin,
    onChanged(tables, filling) {
      reads.changed(tables, filling)
      // What a first sync fills is taken up when it is whole.
      if (!filling) search.wake()
    },
    onHeld: () => void reads.heldChanged(),
    onWrongUser: () => void ending.begin('wrong_user', 'Another person is signed in now.'),
  })
  const channel = new LeaderChannel({ database, reads, answer })
  const ending = new Ending({ close, say: (reason, message) => channel.end(reason, message) })

  async function answer(question: Question): Promise<object[]> {
    switch (question.kind) {
      case 'hello': return []
      case 'query': return pg.transaction(async (tx) => {
        await tx.exec('SET TRANSACTION READ ONLY')
        return (await tx.query<object>(question.sql, question.params)).rows
      })
      case 'read': {
        const outcome = await reads.once(question.read, question.params)
        if ('failure' in outcome) throw Object.assign(new Error(outcome.failure.message), { code: outcome.failure.sqlstate })
        return outcome.rows
      }
      case 'retry': {
        sync.retry(question.shapeKey)
        return []
      }
      case 'purge': {
        const purged = await ending.begin('purged', 'The local copy was deleted.', () => deleteDatabase(storage, database))
        if (!purged) throw new Error('The local database is being closed')
        return []
      }
    }
  }

  async function close() {
    reads.close()
    await sync.stop()
    await search.stop()
    await pg.close()
  }

  for (const event of ['online', 'offline']) self.addEventListener(event, () => sync.wake())
  void sync.start().catch((error: unknown) => console.error('The sync could not be started:', error))
}

/** Copies of the same user in an older schema: each is a cache that nobody will open again. */
async function deleteOlder(storage: Storage, database: string, prefix: string): Promise<void> {
  for (const name of await databasesBeginning(storage, prefix).catch(() => [])) {
    if (name !== database) await deleteDatabase(storage, name).catch(() => undefined)
  }
}
