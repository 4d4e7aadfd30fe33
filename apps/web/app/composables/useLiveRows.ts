import { onScopeDispose, readonly, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import type { Read, ReadParams, SchemaObject } from '#shared/reads/read'
import type { PGliteError } from '../utils/pglite-error'
import { usePGLite } from './usePGLite'

export interface LiveRows<Row extends SchemaObject> {
  readonly rows: Readonly<Ref<readonly Row[]>>
  /** Whether the rows are an answer: an empty list that is not one yet is not an empty face. */
  readonly loaded: Readonly<Ref<boolean>>
  readonly error: Readonly<Ref<PGliteError | undefined>>
}

/**
 * The rows of a named read, kept current until the scope ends. Asks for nothing while the parameters are undefined;
 * other parameters begin with no rows, because the old ones answer another question.
 */
export function useLiveRows<Params extends ReadParams, Row extends SchemaObject>(
  read: Read<Params, Row>,
  params: MaybeRefOrGetter<Params | undefined>,
): LiveRows<Row> {
  const { client } = usePGLite()
  const rows = shallowRef<readonly Row[]>([])
  const loaded = shallowRef(false)
  const error = shallowRef<PGliteError>()
  let unsubscribe = () => {}

  watch([client, () => JSON.stringify(toValue(params))], () => {
    unsubscribe()
    unsubscribe = () => {}
    rows.value = []
    loaded.value = false
    error.value = undefined
    const now = toValue(params)
    if (!client.value || !now) return
    unsubscribe = client.value.subscribe(read, now, {
      rows(latest) {
        rows.value = latest
        loaded.value = true
        error.value = undefined
      },
      failed(why) { error.value = why },
    })
  }, { immediate: true, flush: 'sync' })
  onScopeDispose(() => unsubscribe())

  return { rows: rows as Readonly<Ref<readonly Row[]>>, loaded: readonly(loaded), error }
}
