import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { folderCountsRead } from '#shared/reads/workspaces'
import { useLiveRows } from './useLiveRows'

/** How many folders each of some workspaces has; give those on the screen. Counts stay shown while others are asked for. */
export function useFolderCounts(workspaces: MaybeRefOrGetter<readonly string[]>): ComputedRef<ReadonlyMap<string, number>> {
  const { rows } = useLiveRows(folderCountsRead, () => ({ workspaces: toValue(workspaces).slice(0, 200) }))
  return computed<ReadonlyMap<string, number>>((before) => {
    const wanted = new Set(toValue(workspaces))
    const kept = [...before ?? []].filter(([id]) => wanted.has(id))
    return new Map([...kept, ...rows.value.map(row => [row.workspace_id, row.folders] as const)])
  })
}
