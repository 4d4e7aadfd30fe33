import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { Read, ReadParams, SchemaObject } from '#shared/reads/read'
import { isLeaseEnd } from '../utils/lease-end'
import type { PGliteError } from '../utils/pglite-error'
import { usePGLite } from './usePGLite'

/** The rows of a read, with the question that they answer. */
export interface Answer<Question, Row> { readonly question: Question, readonly rows: readonly Row[] }

/**
 * The local answers to a question as it changes, kept current while it stays. One is under way at a time and the next is to the
 * latest question, so that fast typing waits for one answer and not for each, and an older one never takes a newer one's place.
 * @param question what is asked now; another one is another object or text
 * @param paramsOf the read's parameters; undefined where there is nothing to ask, and then there is no answer
 * @param error set while the latest question could not be answered
 */
export function useAnswers<Question, Params extends ReadParams, Row extends SchemaObject>(
  read: Read<Params, Row>, question: () => Question, paramsOf: (question: Question) => Params | undefined, error: Ref<PGliteError | undefined>,
): Readonly<Ref<Answer<Question, Row> | undefined>> {
  const pglite = usePGLite()
  const answer = shallowRef<Answer<Question, Row>>()
  let running: { question: Question, isAnswered: boolean, end: () => void } | undefined

  function stop(): void {
    running?.end()
    running = undefined
  }

  function goOn(): void {
    const now = question()
    const params = paramsOf(now)
    if (!params || !pglite.client.value) {
      stop()
      answer.value = undefined
      return
    }
    if (running && (!running.isAnswered || running.question === now)) return
    stop()
    const mine = { question: now, isAnswered: false, end: () => {} }
    running = mine
    const end = pglite.subscribe(read, params, {
      rows(rows) {
        if (running !== mine) return
        mine.isAnswered = true
        error.value = undefined
        if (question() === mine.question) answer.value = { question: mine.question, rows }
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

  watch([question, pglite.client], ([, client], [, before]) => {
    if (client !== before) {
      stop()
      answer.value = undefined
    }
    goOn()
  }, { immediate: true, flush: 'sync' })
  onScopeDispose(stop)
  return answer
}
