import { computed, shallowReadonly, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { SyncStatusRow } from '#shared/protocol/leader'
import type { StorageAct } from '#shared/protocol/storage'
import type { Read, ReadParams, SchemaObject } from '#shared/reads/read'
import { syncStatusRead } from '#shared/reads/sync-status'
import { forgetComplete, isNoted, noteComplete } from './complete-hint'
import { FollowedRead, type FollowListener } from './follow-read'
import { storedPerson } from './person'
import { ServerReads } from './server-reads'
import { initPGlite, type PGliteClient, type PGliteOptions, type PGliteStatus, type RowListener } from './pglite-client'
import { PGliteError } from './pglite-error'

/** The one way to the local database, the same object for the life of the page; people come and go in it. */
export interface PGliteAccess {
  /** The database of whoever is here; undefined while nobody is. */
  readonly client: Readonly<Ref<PGliteClient | undefined>>
  /** Whose reads are answered: known from the device before the database is open. */
  readonly userId: Readonly<Ref<string | undefined>>
  readonly status: ComputedRef<PGliteStatus | 'none'>
  readonly error: ComputedRef<PGliteError | undefined>
  /** Opens the database of a person; the same person again changes nothing, another one closes the first. */
  start: (options: PGliteOptions) => PGliteClient
  /** Closes this tab's part. */
  stop: () => void
  /** The page is put aside, or back; see PGliteClient. */
  rest: () => void
  wake: () => void
  query: <Row extends SchemaObject>(sql: string, params?: unknown[]) => Promise<Row[]>
  read: <Params extends ReadParams, Row extends SchemaObject>(read: Read<Params, Row>, params: Params) => Promise<Row[]>
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

export function createPGliteAccess(): PGliteAccess {
  const client = shallowRef<PGliteClient>()
  const userId = shallowRef(storedPerson()?.id)
  let server: { userId: string, reads: ServerReads } | undefined
  if (!userId.value) forgetComplete()

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
        noteComplete(id, rows as readonly SchemaObject[] as readonly SyncStatusRow[])
        listener.rows(rows, source)
      },
      failed(error) {
        if (error.code === 'purged') forgetComplete()
        listener.failed(error)
      },
    }
  }

  return {
    client: shallowReadonly(client),
    userId: shallowReadonly(userId),
    status: computed(() => client.value?.status.value ?? 'none'),
    error: computed(() => client.value?.error.value),
    start(options) {
      const running = client.value
      const over = running?.status.value === 'ended' || running?.status.value === 'closed'
      if (running && !over && running.userId === options.userId) return running
      running?.dispose()
      // Opening a new database takes a processor for seconds; the page paints from the server meanwhile, and first.
      const after = isNoted(options.userId) ? undefined : serverOf(options.userId).firstAnswers()
      const opened = initPGlite({ after, ...options })
      userId.value = options.userId
      client.value = opened
      return opened
    },
    stop() {
      client.value?.dispose()
      client.value = undefined
      userId.value = undefined
      forgetComplete()
    },
    rest: () => client.value?.rest(),
    wake: () => client.value?.wake(),
    query: async (sql, params) => here().query(sql, params),
    read: async (read, params) => here().read(read, params),
    subscribe: (read, params, listener) => here().subscribe(read, params, listener),
    follow(read, params, listener) {
      const { value: id } = userId
      if (!id) {
        listener.failed(new PGliteError('signed_out'))
        return () => {}
      }
      const followed = new FollowedRead(read, params, id, serverOf(id), read.name === syncStatusRead.name ? noting(id, listener) : listener)
      const unwatch = watch(client, (opened) => { if (opened?.userId === id) followed.attach(opened) }, { immediate: true, flush: 'sync' })
      return () => {
        unwatch()
        followed.end()
      }
    },
    refresh: () => server?.reads.refresh(),
    retry: async shapeKey => here().retry(shapeKey),
    act: async act => here().act(act),
    purge: async () => here().purge(),
  }
}
