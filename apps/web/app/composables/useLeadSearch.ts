import { refDebounced } from '@vueuse/core'
import { computed, shallowRef, toValue, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue'
import { leadLanguageOf } from '#shared/leads/languages'
import { leadSearchRead, leadSearchStateRead, similarLeadsRead, type LeadQuestion } from '#shared/reads/lead-search'
import type { LeadFilter, LeadListRow } from '#shared/reads/leads'
import { questionOf } from '#shared/search/question'
import type { PGliteError } from '../utils/pglite-error'
import { useAnswers, type Answer } from './useAnswers'
import { useLiveRows } from './useLiveRows'

/** What is asked: the filter, with what it seeks as search takes it. */
interface Asked extends LeadQuestion { readonly company: string, readonly filter: LeadFilter }

export interface LeadSearch {
  /** What is sought, as search takes it; undefined where nothing is, or while search has not taken up all leads. */
  readonly question: ComputedRef<LeadQuestion | undefined>
  /** The best leads for the last question that was answered. */
  readonly found: ComputedRef<readonly LeadListRow[] | undefined>
  /** Those that come close, where few were found and no other is looked for. */
  readonly similar: ComputedRef<readonly LeadListRow[]>
  /** The text that `found` answers. */
  readonly answered: ComputedRef<string | undefined>
  /** Set until a question is answered again. */
  readonly error: Readonly<Ref<PGliteError | undefined>>
}

/** With so many found nobody looks for what comes close. */
const ENOUGH = 10
/** What comes close is looked for when no key follows at once, which would wait for it. */
const REST_MS = 60

/** Full-text search of a company's leads in the local copy; see the reads `lead-search` and `similar-leads`. @param filter with what is sought */
export function useLeadSearch(companyId: MaybeRefOrGetter<string | undefined>, filter: MaybeRefOrGetter<LeadFilter>): LeadSearch {
  const error = shallowRef<PGliteError>()
  const company = () => toValue(companyId)
  const { rows: state } = useLiveRows(leadSearchStateRead, () => {
    const id = company()
    return id === undefined ? undefined : { company: id }
  })
  const asked = computed<Asked | undefined>((before) => {
    const [id, narrowed, now] = [company(), toValue(filter), state.value[0]]
    const { words } = questionOf(narrowed.sought)
    const next = id !== undefined && now?.full && words.length > 0 ? { company: id, filter: narrowed, words, language: leadLanguageOf(now.language) } : undefined
    // What is typed comes a second time when it stands in the address: that is no other question.
    return JSON.stringify(next) === JSON.stringify(before) ? before : next
  })
  const found = useAnswers(leadSearchRead, () => asked.value, paramsOf, error)
  const isSparse = ({ question, rows }: Answer<Asked | undefined, LeadListRow>) => rows.length < ENOUGH && question?.words.some(word => word.length > 2)
  // As a text: a ref of an object would hold another than it was given.
  const rested = refDebounced(computed(() => JSON.stringify(found.value?.question)), REST_MS)
  const similar = useAnswers(similarLeadsRead, () => {
    const now = found.value
    return now && now.question === asked.value && rested.value === JSON.stringify(asked.value) && isSparse(now) ? asked.value : undefined
  }, paramsOf, error)
  return {
    question: computed(() => asked.value && { words: asked.value.words, language: asked.value.language }),
    found: computed(() => found.value?.rows),
    similar: computed(() => similar.value && similar.value.question === found.value?.question ? similar.value.rows : []),
    answered: computed(() => found.value?.question?.filter.sought),
    error,
  }
}

function paramsOf(asked: Asked | undefined) {
  if (!asked) return undefined
  const { sought: _, ...narrowed } = asked.filter
  return { company: asked.company, words: asked.words, language: asked.language, ...narrowed }
}
