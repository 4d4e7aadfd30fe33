import { watch } from 'vue'
import { navigateTo, useToast } from '#imports'
import { changeWords } from '../utils/change-words'
import { useJournal } from './useJournal'

/** So many are told one by one; more at once are told as a number. */
const ONE_BY_ONE = 3

/** Tells the person, in any page, of edits that are decided against while it is open: a toast, which a screen reader says. */
export function useDecidedAgainst(): void {
  const { entries } = useJournal()
  const toast = useToast()
  const against = () => entries.value.filter(({ state }) => state === 'conflict' || state === 'refused')
  const actions = [{ label: 'Look at it', color: 'neutral' as const, variant: 'outline' as const, onClick: () => { void navigateTo('/changes') } }]
  let told: Set<string> | undefined

  watch(entries, (now) => {
    // What was there when the page came stands in the header; it is no news.
    if (!told && now.length === 0) return
    const before = told
    told = new Set(against().map(({ mutation }) => mutation.id))
    if (!before) return
    const news = against().filter(({ mutation }) => !before.has(mutation.id))
    if (news.length > ONE_BY_ONE) toast.add({ title: `${news.length} changes could not be made.`, description: 'What you typed is kept.', color: 'warning', icon: 'i-lucide-circle-alert', actions })
    else for (const entry of news) toast.add({ title: entry.answer?.message ?? 'A change could not be made.', description: `${changeWords(entry)}. ${entry.answer?.next ?? ''}`, color: 'warning', icon: 'i-lucide-circle-alert', actions })
  }, { immediate: true })
}
