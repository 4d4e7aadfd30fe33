import { readonly, shallowRef, type Ref } from 'vue'
import { WORKER_VERSION } from '#build/worker-version'
import { localDatabaseName, type WorkerMeta } from '#shared/protocol/leader'
import type { StorageAct } from '#shared/protocol/storage'
import { positional, type Read, type ReadParams, type SchemaObject } from '#shared/reads/read'
import { SCHEMA_VERSION } from '#shared/generated/catalogue.gen'
import { forgetAnswers } from './last-answers'
import { LeaderPort, type LiveListener } from './leader-port'
import { isLeaseEnd } from './lease-end'
import { isNotYet, PGliteError } from './pglite-error'

/** `opening`: no leader has answered yet. `ended`: closed for good, see `error`. `closed`: by this tab's `dispose`. */
export type PGliteStatus = 'opening' | 'ready' | 'ended' | 'closed'

type StartWorker = (database: string, meta: WorkerMeta, failed: (error: PGliteError, isMissing?: boolean) => void) => () => void

export interface PGliteOptions extends Omit<WorkerMeta, 'page'> {
  /** The tab's worker starts when this resolves; at once where it is not given. */
  after?: Promise<void>
  /**
   * Starts the tab's worker; the real one unless a test stands in for it. `failed` is told whether there is no worker at
   * all, because it could not be loaded. Returns what ends it.
   */
  startWorker?: StartWorker
}

export interface PGliteClient {
  readonly userId: string
  readonly database: string
  readonly status: Readonly<Ref<PGliteStatus>>
  /**
   * Why the status is `ended`, or why it is not `ready` yet (`held`, `unreached`), or why the worker of this tab does not run, or why
   * a database that is open shows nothing until the server is heard (`lease_…`).
   */
  readonly error: Readonly<Ref<PGliteError | undefined>>
  /** Raw SQL in a read-only transaction, for tools and tests; what it set is undone. Waits for a leader. */
  query: <Row extends SchemaObject>(sql: string, params?: unknown[]) => Promise<Row[]>
  /**
   * A named read, once. Rejects with a ZodError before anything is sent where a parameter is wrong, and with `cancelled`
   * when the signal says that nobody waits any more.
   */
  read: <Params extends ReadParams, Row extends SchemaObject>(read: Read<Params, Row>, params: Params, signal?: AbortSignal) => Promise<Row[]>
  /** A named read, live: rows at once and after each change, over leader changes. Returns the end of it. */
  subscribe: <Params extends ReadParams, Row extends SchemaObject>(read: Read<Params, Row>, params: Params, listener: RowListener<Row>) => () => void
  /** Tries failed shapes again now: all, or the one of a key. */
  retry: (shapeKey?: string) => Promise<void>
  /** Has the leader do something about the storage. */
  act: (act: StorageAct) => Promise<void>
  /** Closes the database for every tab and deletes it from this device. */
  purge: () => Promise<void>
  /** The page is put aside (frozen, kept for the way back): its worker ends, for a page that rests must not hold the files. */
  rest: () => void
  /** The page is back: a worker again, and everything is asked anew. */
  wake: () => void
  /** Ends this tab's part: worker, channel and lock. Other tabs go on. */
  dispose: () => void
}

export interface RowListener<Row extends SchemaObject> {
  /** @param complete whether the local copy holds all that the read needs; undefined until that is known */
  rows: (rows: Row[], complete?: boolean) => void
  failed: (error: PGliteError) => void
}

/** A worker that could not be loaded is tried again: the network may be back, and another tab that leads may go. */
const LOAD_AGAIN_MS = 10_000

/** By its content: two versions of the app that are kept on one device have a worker each. */
export const WORKER_URL = `/workers/pglite.bundle.js?v=${WORKER_VERSION}`

/**
 * Joins this tab to the local database of one user: starts the tab's worker, one of which is elected leader, and opens
 * the conversation with whoever leads. Returns at once; what is asked before the database is open waits for it.
 */
export function initPGlite({ startWorker = startPGliteWorker, after, ...whose }: PGliteOptions): PGliteClient {
  const meta: WorkerMeta = { ...whose, page: { version: WORKER_VERSION, since: performance.timeOrigin } }
  const database = localDatabaseName(meta.databaseName, meta.userId, SCHEMA_VERSION)
  const status = shallowRef<PGliteStatus>('opening')
  const error = shallowRef<PGliteError>()
  let stopWorker: (() => void) | undefined
  let isResting = false
  const isOver = () => status.value === 'ended' || status.value === 'closed'

  function end(to: 'ended' | 'closed', why: PGliteError) {
    if (isOver()) return
    status.value = to
    error.value = why
    port.close(why)
    // A worker left running would go on holding the election lock: the next sign-in's database would never open.
    stopWorker?.()
  }
  const port = new LeaderPort(database, {
    version: WORKER_VERSION,
    onEnded: why => end('ended', why),
    onHeld(why) {
      if (why) error.value = new PGliteError(why)
      else if (isNotYet(error.value)) error.value = undefined
    },
    onLease(why) {
      if (why) error.value = why
      else if (isLeaseEnd(error.value)) error.value = undefined
    },
  })
  let isDue = false
  const start = () => {
    isDue = true
    if (isOver() || isResting || stopWorker) return
    const stop = startWorker(database, meta, (why, isMissing) => {
      // Another tab's worker may lead: what this tab asks is answered all the same.
      if (status.value === 'opening') error.value = why
      if (!isMissing || stopWorker !== stop) return
      stop()
      stopWorker = undefined
      setTimeout(start, LOAD_AGAIN_MS)
    })
    stopWorker = stop
  }
  if (after) void after.then(start)
  else start()
  port.ask({ kind: 'hello', page: meta.page }).then(() => {
    if (status.value !== 'opening') return
    status.value = 'ready'
    if (!isLeaseEnd(error.value)) error.value = undefined
  }, () => {})

  return {
    userId: meta.userId,
    database,
    status: readonly(status),
    error,
    query: <Row extends SchemaObject>(sql: string, params: unknown[] = []) =>
      port.ask({ kind: 'query', sql, params }) as Promise<Row[]>,
    read: async <Params extends ReadParams, Row extends SchemaObject>(read: Read<Params, Row>, params: Params, signal?: AbortSignal) =>
      await port.ask({ kind: 'read', read: read.name, params: positional(read, params) }, signal) as Row[],
    subscribe: (read, params, listener) => port.subscribe(read.name, positional(read, params), listener as LiveListener),
    retry: async (shapeKey) => { await port.ask({ kind: 'retry', shapeKey }) },
    act: async (act) => { await port.ask(act) },
    async purge() {
      await port.ask({ kind: 'purge' })
      await forgetAnswers(meta.databaseName, meta.userId)
    },
    rest() {
      isResting = true
      stopWorker?.()
      stopWorker = undefined
    },
    wake() {
      if (!isResting || isOver()) return
      isResting = false
      port.again()
      if (isDue) start()
    },
    dispose: () => end('closed', new PGliteError('closed')),
  }
}

const startPGliteWorker: StartWorker = (database, meta, failed) => {
  const worker = new Worker(WORKER_URL, { type: 'module', name: database })
  // Of a script that could not be loaded there is nothing to say, and the event is no ErrorEvent.
  worker.addEventListener('error', (event: Event) => failed(new PGliteError('worker_failed', event instanceof ErrorEvent ? event.message : undefined), !(event instanceof ErrorEvent)))
  const fail = (cause: unknown, isMissing = false) => failed(new PGliteError('worker_failed', String(cause)), isMissing)
  let ended = false
  let close = () => {}
  const hearAgain = rememberMessages(worker)
  // Not a part of what the first paint waits for.
  import('@electric-sql/pglite/worker').then(({ PGliteWorker }) => {
    if (ended) return
    // The id is said, because the default one holds the bundle's address: two versions of it would elect two leaders.
    const pglite = new PGliteWorker(worker, { id: database, meta })
    hearAgain()
    pglite.waitReady.catch((cause: unknown) => fail(cause))
    close = () => void pglite.close().catch(() => {})
  }, (cause: unknown) => fail(cause, true))
  return () => {
    ended = true
    close()
    worker.terminate()
  }
}

/**
 * A worker says once that it is there, and PGliteWorker waits for that without end: what comes before PGliteWorker itself
 * has been loaded is remembered for it.
 * @returns tells it all to whoever listens now
 */
function rememberMessages(worker: Worker): () => void {
  const messages: unknown[] = []
  const remember = ({ data }: MessageEvent<unknown>) => { messages.push(data) }
  worker.addEventListener('message', remember)
  return () => {
    worker.removeEventListener('message', remember)
    for (const data of messages) worker.dispatchEvent(new MessageEvent('message', { data }))
  }
}
