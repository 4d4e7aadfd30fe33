import { computed, shallowReadonly, shallowRef, type ComputedRef, type Ref } from 'vue'
import type { Read, ReadParams, SchemaObject } from '#shared/reads/read'
import { initPGlite, type PGliteClient, type PGliteOptions, type PGliteStatus, type RowListener } from './pglite-client'
import { PGliteError } from './pglite-error'

/** The one way to the local database, the same object for the life of the page; people come and go in it. */
export interface PGliteAccess {
  /** The database of whoever is here; undefined while nobody is. */
  readonly client: Readonly<Ref<PGliteClient | undefined>>
  readonly status: ComputedRef<PGliteStatus | 'none'>
  readonly error: ComputedRef<PGliteError | undefined>
  /** Opens the database of a person; the same person again changes nothing, another one closes the first. */
  start: (options: PGliteOptions) => PGliteClient
  /** Closes this tab's part. */
  stop: () => void
  query: <Row extends SchemaObject>(sql: string, params?: unknown[]) => Promise<Row[]>
  read: <Params extends ReadParams, Row extends SchemaObject>(read: Read<Params, Row>, params: Params) => Promise<Row[]>
  subscribe: <Params extends ReadParams, Row extends SchemaObject>(read: Read<Params, Row>, params: Params, listener: RowListener<Row>) => () => void
  retry: (shapeKey?: string) => Promise<void>
  purge: () => Promise<void>
}

export function createPGliteAccess(): PGliteAccess {
  const client = shallowRef<PGliteClient>()

  function here(): PGliteClient {
    if (!client.value) throw new PGliteError('signed_out')
    return client.value
  }

  return {
    client: shallowReadonly(client),
    status: computed(() => client.value?.status.value ?? 'none'),
    error: computed(() => client.value?.error.value),
    start(options) {
      const running = client.value
      const over = running?.status.value === 'ended' || running?.status.value === 'closed'
      if (running && !over && running.userId === options.userId) return running
      running?.dispose()
      client.value = initPGlite(options)
      return client.value
    },
    stop() {
      client.value?.dispose()
      client.value = undefined
    },
    query: async (sql, params) => here().query(sql, params),
    read: async (read, params) => here().read(read, params),
    subscribe: (read, params, listener) => here().subscribe(read, params, listener),
    retry: async shapeKey => here().retry(shapeKey),
    purge: async () => here().purge(),
  }
}
