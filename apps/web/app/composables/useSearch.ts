import { refDebounced } from '@vueuse/core'
import { computed, shallowReadonly, shallowRef, toValue, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue'
import { searchProgressRead, searchRead, similarRead, type SearchProgressRow, type SearchRow } from '#shared/reads/search'
import { questionOf } from '#shared/search/question'
import type { PGliteError } from '../utils/pglite-error'
import { useAnswers, type Answer } from './useAnswers'
import { useLiveRows } from './useLiveRows'

/** What was found for one text. */
export type SearchAnswer = Answer<string, SearchRow>

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
  const asking = (now: string) => {
    const question = questionOf(now)
    return question.title === '' ? undefined : { ...question, limit }
  }
  const first = useAnswers(searchRead, asked, asking, error)
  const isSparse = (answer: SearchAnswer | undefined) => answer !== undefined && answer.rows.length < ENOUGH && tellsEnough(answer.question)
  const rested = refDebounced(computed(() => first.value?.question), REST_MS)
  const second = useAnswers(similarRead, () => first.value?.question === asked() && rested.value === asked() && isSparse(first.value) ? asked() : '', asking, error)
  const { rows: progress } = useLiveRows(searchProgressRead, {})
  return {
    found: first,
    similar: computed(() => second.value?.question === first.value?.question ? second.value : undefined),
    progress: computed(() => progress.value[0]),
    error: shallowReadonly(error),
  }
}

/** One letter comes close to everything; one sign is looked for anywhere in the names. */
function tellsEnough(text: string): boolean {
  const { title, words } = questionOf(text)
  return title.length > 1 || words.length === 0
}
