import { computed, shallowReactive, shallowReadonly, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { SCHEMA_VERSION } from '#shared/generated/catalogue.gen'
import type { SyncStatusRow } from '#shared/protocol/leader'
import type { StorageAct } from '#shared/protocol/storage'
import type { Read, ReadParams, SchemaObject } from '#shared/reads/read'
import { syncStatusRead } from '#shared/reads/sync-status'
import { forgetComplete, isNoted, noteComplete } from './complete-hint'
import { FollowedRead, type FollowListener } from './follow-read'
import { LastAnswers } from './last-answers'
import { leaseOf } from './lease'
import { storedDatabaseName, storedPerson } from './person'
import { ServerReads } from './server-reads'
import { initPGlite, type PGliteClient, type PGliteOptions, type PGliteStatus, type RowListener } from './pglite-client'
import { isLeaseEnd } from './lease-end'
import { PGliteError } from './pglite-error'
import { isUnreached } from './sync-summary'

/** The one way to the local database, the same object for the life of the page; people come and go in it. */
export interface PGliteAccess {
  /** The database of whoever is here; undefined while nobody is. */
  readonly client: Readonly<Ref<PGliteClient | undefined>>
  /** Whose reads are answered: known from the device before the database is open. */
  readonly userId: Readonly<Ref<string | undefined>>
  readonly status: ComputedRef<PGliteStatus | 'none'>
  readonly error: ComputedRef<PGliteError | undefined>
  /** Whether some of what is shown is from the last visit: nothing is to be done with it before the database has spoken. */
  readonly recalling: ComputedRef<boolean>
  /** Whether the sync cannot reach the server; false while nobody knows: then what is tried says so itself. */
  readonly unreached: ComputedRef<boolean>
  /** Opens the database of a person; the same person again changes nothing, another one closes the first. */
  start: (options: PGliteOptions) => PGliteClient
  /** Closes this tab's part. */
  stop: () => void
  /** The page is put aside, or back; see PGliteClient. */
  rest: () => void
  wake: () => void
  query: <Row extends SchemaObject>(sql: string, params?: unknown[]) => Promise<Row[]>
  read: <Params extends ReadParams, Row extends SchemaObject>(read: Read<Params, Row>, params: Params, signal?: AbortSignal) => Promise<Row[]>
  subscribe: <Params extends ReadParams, Row extends SchemaObject>(read: Read<Params, Row>, params: Params, listener: RowListener<Row>) => () => void
  /**
   * A named read from whoever can answer it: the server first while the local copy is not complete, then the local copy
   * for good. Returns the end of it. For a page, where somebody is here.
   */
  follow: <Params extends ReadParams, Row extends SchemaObject>(read: Read<Params, Row>, params: Params, listener: FollowListener<Row>) => () => void
  /** This page changed something on the server: answers of it that are still shown are asked for again. */
  refresh: () => void
  retry: (shapeKey?: string) => Promise<void>
  /** Has the leader do something about the storage. */
  act: (act: StorageAct) => Promise<void>
  purge: () => Promise<void>
}

/** @param version of the app: what another one noted of the last visit is not shown */
export function createPGliteAccess({ version }: { version: string }): PGliteAccess {
  const client = shallowRef<PGliteClient>()
  const userId = shallowRef(storedPerson()?.id)
  let server: { userId: string, reads: ServerReads } | undefined
  const isAway = shallowRef(false)
  const recalled = shallowReactive(new Set<object>())
  let answers: LastAnswers | undefined
  if (!userId.value) forgetComplete()
  else remember(userId.value, storedDatabaseName())

  function remember(id: string, databaseName: string | undefined): void {
    if (answers?.userId === id) return
    answers?.close()
    answers = databaseName
      ? new LastAnswers({ userId: id, databaseName, version: `${SCHEMA_VERSION}-${version}`, lease: () => leaseOf(databaseName, id) })
      : undefined
  }

  function here(): PGliteClient {
    if (!client.value) throw new PGliteError('signed_out')
    return client.value
  }

  /** The reads of a person on the server; those of another one are never mixed with them. */
  function serverOf(id: string): ServerReads {
    if (server?.userId !== id) server = { userId: id, reads: new ServerReads(id) }
    return server.reads
  }

  /** What the leader says of the shapes, as every page hears it, outlives the page as a hint and ends with the data. */
  function noting<Row extends SchemaObject>(id: string, listener: FollowListener<Row>): FollowListener<Row> {
    return {
      rows(rows, source) {
        const shapes = rows as readonly SchemaObject[] as readonly SyncStatusRow[]
        noteComplete(id, shapes)
        isAway.value = isUnreached(shapes)
        listener.rows(rows, source)
      },
      failed(error) {
        if (error.code === 'purged') forgetComplete()
        listener.failed(error)
      },
    }
  }

  /** Whether it shows what the last visit knew is known while it does. */
  function counting<Row extends SchemaObject>(listener: FollowListener<Row>): FollowListener<Row> {
    return {
      rows(rows, source) {
        if (source === 'last') recalled.add(listener)
        else recalled.delete(listener)
        listener.rows(rows, source)
      },
      failed(error) {
        recalled.delete(listener)
        listener.failed(error)
      },
    }
  }

  return {
    client: shallowReadonly(client),
    userId: shallowReadonly(userId),
    status: computed(() => client.value?.status.value ?? 'none'),
    error: computed(() => client.value?.error.value),
    recalling: computed(() => recalled.size > 0),
    unreached: computed(() => isAway.value || isLeaseEnd(client.value?.error.value)),
    start(options) {
      const running = client.value
      const over = running?.status.value === 'ended' || running?.status.value === 'closed'
      if (running && !over && running.userId === options.userId) return running
      running?.dispose()
      // Opening a new database takes a processor for seconds; the page paints from the server meanwhile, and first.
      const after = isNoted(options.userId) ? undefined : serverOf(options.userId).firstAnswers()
      remember(options.userId, options.databaseName)
      const mine = answers
      const opened = initPGlite({ after, ...options })
      watch(opened.status, (now) => {
        if (now === 'ready') mine?.opened()
        // Its data go from this device, or are no longer to be shown.
        else if (now === 'ended') mine?.close()
      }, { flush: 'sync' })
      userId.value = options.userId
      client.value = opened
      return opened
    },
    stop() {
      client.value?.dispose()
      client.value = undefined
      userId.value = undefined
      answers?.close()
      answers = undefined
      isAway.value = false
      forgetComplete()
    },
    rest: () => client.value?.rest(),
    wake: () => client.value?.wake(),
    query: async (sql, params) => here().query(sql, params),
    read: async (read, params, signal) => here().read(read, params, signal),
    subscribe: (read, params, listener) => here().subscribe(read, params, listener),
    follow(read, params, listener) {
      const { value: id } = userId
      if (!id) {
        listener.failed(new PGliteError('signed_out'))
        return () => {}
      }
      const sources = { userId: id, server: serverOf(id), answers: () => answers?.userId === id ? answers : undefined }
      const followed = new FollowedRead(read, params, sources, read.name === syncStatusRead.name ? noting(id, listener) : counting(listener))
      const unwatch = watch(client, (opened) => { if (opened?.userId === id) followed.attach(opened) }, { immediate: true, flush: 'sync' })
      return () => {
        unwatch()
        followed.end()
        recalled.delete(listener)
      }
    },
    refresh: () => server?.reads.refresh(),
    retry: async shapeKey => here().retry(shapeKey),
    act: async act => here().act(act),
    purge: async () => here().purge(),
  }
}
