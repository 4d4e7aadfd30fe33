import { computed, onScopeDispose, shallowReactive, toValue, watch, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { childFoldersRead, topFoldersRead, type FolderListRow } from '#shared/reads/folders'
import { useLiveRows } from './useLiveRows'
import { usePGLite } from './usePGLite'

/** One visible line of the tree. */
export interface TreeLine {
  id: string
  parentId: string | null
  name: string
  /** 1 at the top. */
  level: number
  hasChildren: boolean
  expanded: boolean
}

export interface FolderTree {
  readonly lines: ComputedRef<TreeLine[]>
  readonly loaded: ComputedRef<boolean>
  readonly expand: (id: string) => void
  readonly collapse: (id: string) => void
}

/** The lines of a workspace's tree that are open; the children of a folder are read when it is opened, and live while it is. */
export function useFolderTree(workspaceId: MaybeRefOrGetter<string | undefined>): FolderTree {
  const pglite = usePGLite()
  const top = useLiveRows(topFoldersRead, () => {
    const workspace = toValue(workspaceId)
    return workspace === undefined ? undefined : { workspace }
  })
  const open = shallowReactive(new Map<string, () => void>())
  const children = shallowReactive(new Map<string, readonly FolderListRow[]>())
  const closeAll = () => {
    for (const end of open.values()) end()
    open.clear()
    children.clear()
  }

  function follow(id: string): () => void {
    const workspace = toValue(workspaceId)
    if (!pglite.userId.value || workspace === undefined) return () => {}
    return pglite.follow(childFoldersRead, { workspace, parent: id }, {
      rows: (rows) => { children.set(id, rows) },
      failed: () => { children.delete(id) },
    })
  }

  watch([pglite.userId, () => toValue(workspaceId)], closeAll)
  onScopeDispose(closeAll)

  const lines = computed(() => {
    const all: TreeLine[] = []
    const add = (rows: readonly FolderListRow[], level: number) => {
      for (const { id, parent_id, name, has_children } of rows) {
        const expanded = has_children && open.has(id)
        all.push({ id, parentId: parent_id, name, level, hasChildren: has_children, expanded })
        if (expanded) add(children.get(id) ?? [], level + 1)
      }
    }
    add(top.rows.value, 1)
    return all
  })

  return {
    lines,
    loaded: computed(() => top.loaded.value),
    expand(id) {
      if (!open.has(id)) open.set(id, follow(id))
    },
    collapse(id) {
      open.get(id)?.()
      open.delete(id)
      children.delete(id)
    },
  }
}
