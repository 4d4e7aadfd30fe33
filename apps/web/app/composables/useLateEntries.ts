import { onScopeDispose, shallowReadonly, shallowRef, watch, type Ref } from 'vue'
import type { JournalEntry } from '#shared/journal/entry'
import { isUnsettled } from '#shared/journal/states'
import { useJournal } from './useJournal'

/** An edit that is sent within this time was never worth a mark that comes and goes. */
const LATE_MS = 1_500

/** Edits that are not with the server: those that were decided against, and those that have waited for a while. */
export function useLateEntries(): Readonly<Ref<readonly JournalEntry[]>> {
  const { entries } = useJournal()
  const late = shallowRef<readonly JournalEntry[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined

  function look() {
    clearTimeout(timer)
    const until = Date.now() - LATE_MS
    const unsettled = entries.value.filter(({ state }) => isUnsettled(state))
    const now = unsettled.filter(({ state, at }) => state !== 'waiting' || at <= until)
    // A list that says the same is not given again: the marks of a whole tree hang on it.
    if (now.length !== late.value.length || now.some((entry, place) => entry !== late.value[place])) late.value = now
    if (now.length < unsettled.length) timer = setTimeout(look, LATE_MS)
  }
  watch(entries, look, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))
  return shallowReadonly(late)
}
