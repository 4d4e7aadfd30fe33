import { toValue, type MaybeRefOrGetter } from 'vue'
import type { ChangeEvent } from '#shared/history/changes'
import { useAccountActs } from './useAccountActs'
import { useServerPages, type ServerPages } from './useServerPages'

/** The history of a folder or a workspace, page by page, the newest first. Nothing is asked while either is undefined. */
export function useHistory(companyId: MaybeRefOrGetter<string | undefined>, subject: MaybeRefOrGetter<{ id: string, isWorkspace: boolean } | undefined>): ServerPages<ChangeEvent> {
  const acts = useAccountActs()
  return useServerPages<ChangeEvent, number>(() => toValue(companyId) === undefined ? undefined : toValue(subject)?.id, async (id, before) => {
    const of = toValue(subject)?.isWorkspace ? { workspace: id } : { folder: id }
    const { changes, next } = await acts.history(toValue(companyId) ?? '', of, before)
    return { rows: changes, next }
  })
}
