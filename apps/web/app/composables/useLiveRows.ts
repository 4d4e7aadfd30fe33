import { onScopeDispose, readonly, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import type { Read, ReadParams, SchemaObject } from '#shared/reads/read'
import type { RowSource } from '../utils/follow-read'
import { isLeaseEnd } from '../utils/lease-end'
import type { PGliteError } from '../utils/pglite-error'
import { usePGLite } from './usePGLite'

export interface LiveRows<Row extends SchemaObject> {
  readonly rows: Readonly<Ref<readonly Row[]>>
  /** Whether the rows are an answer: an empty list that is not one yet is not an empty face. */
  readonly loaded: Readonly<Ref<boolean>>
  readonly error: Readonly<Ref<PGliteError | undefined>>
  /** Who gave the rows: the server only while the local copy is not complete. */
  readonly source: Readonly<Ref<RowSource | undefined>>
}

/**
 * The rows of a named read, kept current until the scope ends: the server's while the local copy is not complete, then
 * the local ones in their place. Asks for nothing while the parameters are undefined;
 * other parameters begin with no rows, because the old ones answer another question.
 */
export function useLiveRows<Params extends ReadParams, Row extends SchemaObject>(
  read: Read<Params, Row>,
  params: MaybeRefOrGetter<Params | undefined>,
): LiveRows<Row> {
  const pglite = usePGLite()
  const rows = shallowRef<readonly Row[]>([])
  const loaded = shallowRef(false)
  const error = shallowRef<PGliteError>()
  const source = shallowRef<RowSource>()
  let end = () => {}

  watch([pglite.userId, () => JSON.stringify(toValue(params))], () => {
    end()
    end = () => {}
    rows.value = []
    loaded.value = false
    error.value = undefined
    source.value = undefined
    const now = toValue(params)
    if (!pglite.userId.value || !now) return
    end = pglite.follow(read, now, {
      rows(latest, from) {
        rows.value = latest
        source.value = from
        loaded.value = true
        error.value = undefined
      },
      failed(why) {
        error.value = why
        if (!isLeaseEnd(why)) return
        rows.value = []
        loaded.value = false
        source.value = undefined
      },
    })
  }, { immediate: true, flush: 'sync' })
  onScopeDispose(() => end())

  return { rows: rows as Readonly<Ref<readonly Row[]>>, loaded: readonly(loaded), error, source: readonly(source) }
}
