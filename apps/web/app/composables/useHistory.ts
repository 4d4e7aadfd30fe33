import { toValue, type MaybeRefOrGetter } from 'vue'
import type { ChangeEvent, HistoryKind } from '#shared/history/changes'
import { useAccountActs } from './useAccountActs'
import { useServerPages, type ServerPages } from './useServerPages'

/** The history of a folder, a workspace or a lead, page by page, the newest first. Nothing is asked while either is undefined. */
export function useHistory(companyId: MaybeRefOrGetter<string | undefined>, subject: MaybeRefOrGetter<{ id: string, kind: HistoryKind } | undefined>): ServerPages<ChangeEvent> {
  const acts = useAccountActs()
  return useServerPages<ChangeEvent, number>(() => toValue(companyId) === undefined ? undefined : toValue(subject)?.id, async (id, before) => {
    const { changes, next } = await acts.history(toValue(companyId) ?? '', { kind: toValue(subject)?.kind ?? 'folder', id }, before)
    return { rows: changes, next }
  })
}
