import { refDebounced } from '@vueuse/core'
import { computed, onScopeDispose, shallowReadonly, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue'
import { searchProgressRead, searchRead, similarRead, type SearchProgressRow, type SearchRow } from '#shared/reads/search'
import { questionOf } from '#shared/search/question'
import { isLeaseEnd } from '../utils/lease-end'
import type { PGliteError } from '../utils/pglite-error'
import { useLiveRows } from './useLiveRows'
import { usePGLite } from './usePGLite'

/** What was found for one text. */
export interface SearchAnswer {
  readonly text: string
  readonly rows: readonly SearchRow[]
}

export interface Search {
  /** Names that are, begin with or have words that begin with the text: of the last text that was answered. */
  readonly found: Readonly<Ref<SearchAnswer | undefined>>
  /** What comes close, for the text of `found`; undefined while it is looked for, or where enough was found. */
  readonly similar: ComputedRef<SearchAnswer | undefined>
  /** How much of what is here can be found; undefined until that is known. */
  readonly progress: ComputedRef<SearchProgressRow | undefined>
  readonly error: Readonly<Ref<PGliteError | undefined>>
}

/** With so many found nobody looks for what comes close. */
const ENOUGH = 10
/** What comes close is looked for when no key follows at once: it takes up to 55 ms, for which the next key would wait. */
const REST_MS = 30

/**
 * The local names that a text finds, kept current while it stays; see the reads `search` and `search-similar`.
 * @param limit how many of each entity, 1 to 50
 */
export function useSearch(text: MaybeRefOrGetter<string>, limit: number): Search {
  const error = shallowRef<PGliteError>()
  const asked = () => toValue(text)
  const first = useTier(searchRead, asked, limit, error)
  const isSparse = (answer: SearchAnswer | undefined) => answer !== undefined && answer.rows.length < ENOUGH && tellsEnough(answer.text)
  const rested = refDebounced(computed(() => first.value?.text), REST_MS)
  const second = useTier(similarRead, () => first.value?.text === asked() && rested.value === asked() && isSparse(first.value) ? asked() : '', limit, error)
  const { rows: progress } = useLiveRows(searchProgressRead, {})
  return {
    found: shallowReadonly(first),
    similar: computed(() => second.value?.text === first.value?.text ? second.value : undefined),
    progress: computed(() => progress.value[0]),
    error: shallowReadonly(error),
  }
}

/** One letter comes close to everything; one sign is looked for anywhere in the names. */
function tellsEnough(text: string): boolean {
  const { title, words } = questionOf(text)
  return title.length > 1 || words.length === 0
}

/**
 * The answers of one read to the text as it changes. One question is under way at a time and the next is the latest text,
 * so that fast typing waits for one answer and not for each, and an older one never takes a newer one's place.
 */
function useTier(read: typeof searchRead, text: () => string, limit: number, error: Ref<PGliteError | undefined>): Ref<SearchAnswer | undefined> {
  const pglite = usePGLite()
  const answer = shallowRef<SearchAnswer>()
  let running: { text: string, isAnswered: boolean, end: () => void } | undefined

  function stop(): void {
    running?.end()
    running = undefined
  }

  function goOn(): void {
    const now = text()
    const question = questionOf(now)
    if (question.title === '' || !pglite.client.value) {
      stop()
      answer.value = undefined
      return
    }
    if (running && (!running.isAnswered || running.text === now)) return
    stop()
    const mine = { text: now, isAnswered: false, end: () => {} }
    running = mine
    const end = pglite.subscribe(read, { ...question, limit }, {
      rows(rows) {
        if (running !== mine) return
        mine.isAnswered = true
        error.value = undefined
        if (text() === mine.text) answer.value = { text: mine.text, rows }
        else goOn()
      },
      failed(why) {
        if (running !== mine) return
        mine.isAnswered = true
        error.value = why
        if (isLeaseEnd(why)) answer.value = undefined
        goOn()
      },
    })
    mine.end = end
    if (running !== mine) end()
  }

  watch([text, pglite.client], ([, client], [, before]) => {
    if (client !== before) {
      stop()
      answer.value = undefined
    }
    goOn()
  }, { immediate: true, flush: 'sync' })
  onScopeDispose(stop)
  return answer
}
