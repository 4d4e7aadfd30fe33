import { useOnline } from '@vueuse/core'
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { actFailure, type ActFailure } from '../utils/act-failure'

export interface ServerPages<Row> {
  /** The newest first, as far as they were asked for; undefined until the server has said. */
  readonly rows: Readonly<Ref<readonly Row[] | undefined>>
  /** Whether there are older ones. */
  readonly more: Readonly<Ref<boolean>>
  readonly loading: Readonly<Ref<boolean>>
  readonly failure: Readonly<Ref<ActFailure | undefined>>
  /** Fetches the next, older page, or again what failed; does nothing while one is on its way or none is left. */
  readonly loadMore: () => Promise<void>
  /** Asks anew from the newest on; what is here stays until the answer. */
  readonly refresh: () => Promise<void>
}

/** One page of a list that the server keeps, and the mark of the next; null on the last. */
export interface ServerPage<Row, Mark> { rows: readonly Row[], next: Mark | null }

/**
 * A list that is on the server alone, page by page. Online only; asks for nothing while the subject is undefined.
 * @param subject what the list is of: another one is another list
 */
export function useServerPages<Row, Mark extends string | number>(subject: () => string | undefined, ask: (subject: string, before?: Mark) => Promise<ServerPage<Row, Mark>>): ServerPages<Row> {
  const rows = shallowRef<readonly Row[]>()
  const more = shallowRef(true)
  const loading = shallowRef(false)
  const failure = shallowRef<ActFailure>()
  let next: Mark | undefined
  /** Where the page begins that was asked for last. */
  let asking: Mark | undefined
  /** Counts the lists: the answer to an earlier one says nothing of this. */
  let list = 0
  onScopeDispose(() => { list++ })

  async function load(before: Mark | undefined): Promise<void> {
    const of = subject()
    if (of === undefined) return
    const asked = list
    asking = before
    loading.value = true
    failure.value = undefined
    try {
      const page = await ask(of, before)
      if (asked !== list) return
      rows.value = before === undefined ? page.rows : [...rows.value ?? [], ...page.rows]
      next = page.next ?? undefined
      more.value = page.next !== null
    }
    catch (error) {
      if (asked === list) failure.value = actFailure(error)
    }
    finally {
      if (asked === list) loading.value = false
    }
  }

  async function loadMore(): Promise<void> {
    if (loading.value) return
    if (failure.value) await load(asking)
    else if (more.value) await load(next)
  }
  async function refresh(): Promise<void> {
    list++
    await load(undefined)
  }

  watch(subject, () => {
    list++
    rows.value = undefined
    more.value = true
    loading.value = false
    failure.value = undefined
    next = undefined
    void loadMore()
  }, { immediate: true })

  watch(useOnline(), (online) => { if (online && failure.value) void loadMore() })

  return { rows, more, loading, failure, loadMore, refresh }
}
