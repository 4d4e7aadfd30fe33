import { computed, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import type { DeletionLine } from '#shared/history/changes'
import { deletionName } from '../utils/history-words'
import { useAccountActs } from './useAccountActs'
import { useJournal } from './useJournal'
import { useSaying } from './useSaying'
import { useServerPages, type ServerPages } from './useServerPages'
import { useWorkspaceSync } from './useWorkspaceSync'

export interface Deletions extends ServerPages<DeletionLine> {
  /** Keys of deletions that are on their way back. */
  readonly restoring: Readonly<Ref<ReadonlySet<string>>>
  /** Brings a deletion back, through the journal; the list is asked again when the server has decided. Never rejects. */
  readonly restore: (line: DeletionLine) => Promise<void>
}

/** What was deleted in a company and can be restored, the newest first. */
export function useDeletions(companyId: MaybeRefOrGetter<string | undefined>): Deletions {
  const acts = useAccountActs()
  // Of no place: no rows are read, its verbs alone are wanted.
  const sync = useWorkspaceSync(companyId, {})
  const say = useSaying()
  const pages = useServerPages<DeletionLine, string>(() => toValue(companyId), async (company, before) => {
    const { deletions, next } = await acts.deletions(company, before)
    return { rows: deletions, next }
  })
  // Whoever deletes something and comes here is faster than the server.
  const { entries } = useJournal()
  const underway = computed(() => entries.value.filter(({ state, mutation: { company, name } }) =>
    state === 'waiting' && company === toValue(companyId) && /\.(?:delete|restore)$/.test(name)).map(({ mutation }) => mutation.id).join(' '))
  // Each change of it: noted and decided within one tick, it would seem never to have been there.
  watch(underway, (_, before) => { if (before !== '') void pages.refresh() }, { flush: 'sync' })

  const restoring = shallowRef<ReadonlySet<string>>(new Set())

  async function restore(line: DeletionLine): Promise<void> {
    const { deletion_id: id, kind } = line
    if (restoring.value.has(id)) return
    restoring.value = new Set([...restoring.value, id])
    const about = { about: deletionName(line) }
    const saving = kind === 'workspace' ? sync.restoreWorkspace(id, about) : sync.restore(id, about)
    // Why it was refused is told wherever a page is open: here the list shows that it is still there.
    if (await say(saving)) await saving.settled.then(() => {}, () => {})
    await pages.refresh()
    restoring.value = new Set([...restoring.value].filter(one => one !== id))
  }

  return { ...pages, restoring, restore }
}
