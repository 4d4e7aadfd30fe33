import { useEventListener } from '@vueuse/core'
import { computed, onScopeDispose, shallowReactive, shallowRef, toValue, triggerRef, watch, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue'
import { childFoldersRead, topFoldersRead, type FolderListRow } from '#shared/reads/folders'
import { RowPlaces, treeView, type TreeView } from '../utils/tree-view'
import { readTreeMemory, writeTreeMemory, type TreeKey } from '../utils/tree-memory'
import { useLiveRows } from './useLiveRows'
import { usePGLite } from './usePGLite'

/** How far the tree is scrolled is written down so long after it began to scroll. */
const NOTE_AFTER_MS = 250

export interface OpenTree {
  readonly view: ComputedRef<TreeView>
  readonly loaded: Readonly<Ref<boolean>>
  readonly expand: (ids: readonly string[]) => void
  readonly collapse: (id: string) => void
  /** Opens the way to a folder, top first; read at once, not level by level as its rows come. */
  readonly reveal: (ids: readonly string[]) => void
  /** Where the tree was scrolled to when the person was here last, in pixels. */
  readonly scrolledTo: () => number
  readonly noteScroll: (top: number) => void
}

/**
 * A workspace's tree as it is open. The children of an open folder are read live while their lines can be seen; what is
 * open, and how far the tree is scrolled, is kept on this device for the person where the workspace's company is given: a
 * picker's tree begins anew.
 */
export function useOpenTree(workspaceId: MaybeRefOrGetter<string | undefined>, { companyId }: { companyId?: MaybeRefOrGetter<string | undefined> } = {}): OpenTree {
  const pglite = usePGLite()
  const workspace = () => toValue(workspaceId)
  /** Under what this tree is remembered; undefined where it is not. */
  const memory = computed<TreeKey | undefined>(() => {
    const [user, company, here] = [pglite.userId.value, toValue(companyId), workspace()]
    return user && company && here ? { user, company, workspace: here } : undefined
  })
  const top = useLiveRows(topFoldersRead, () => {
    const id = workspace()
    return id === undefined ? undefined : { workspace: id }
  })
  const open = shallowRef(new Set<string>())
  const followed = new Map<string, () => void>()
  const children = shallowReactive(new Map<string, readonly FolderListRow[]>())
  const places = new RowPlaces()
  let revealed: readonly string[] = []

  const view = computed(() => treeView(top.rows.value, open.value, id => children.get(id), places))

  function follow(id: string): void {
    const here = workspace()
    if (followed.has(id) || here === undefined) return
    followed.set(id, pglite.follow(childFoldersRead, { workspace: here, parent: id }, {
      rows: (rows) => { children.set(id, rows) },
      failed: () => {},
    }))
  }

  function followWhatIsSeen(): void {
    const seen = new Set([...view.value.opened, ...revealed.filter(id => open.value.has(id))])
    for (const [id, end] of followed) {
      if (seen.has(id)) continue
      end()
      followed.delete(id)
      children.delete(id)
    }
    for (const id of seen) follow(id)
  }

  function closeAll(): void {
    for (const end of followed.values()) end()
    followed.clear()
    children.clear()
  }

  watch([pglite.userId, workspace], () => {
    closeAll()
    revealed = []
    open.value = new Set(memory.value ? readTreeMemory(memory.value).open : [])
  }, { immediate: true })
  watch(() => view.value.opened, followWhatIsSeen, { immediate: true })
  onScopeDispose(closeAll)

  function remember(): void {
    if (memory.value) writeTreeMemory(memory.value, { open: [...open.value] })
  }
  function openThese(ids: readonly string[]): void {
    const missing = ids.filter(id => !open.value.has(id))
    for (const id of missing) open.value.add(id)
    if (missing.length === 0) return
    triggerRef(open)
    remember()
  }

  let noted: { tree: TreeKey, top: number } | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  function writeNoted(): void {
    clearTimeout(timer)
    timer = undefined
    // Of somebody who has left meanwhile nothing is kept.
    if (noted && noted.tree.user === pglite.userId.value) writeTreeMemory(noted.tree, { top: noted.top })
    noted = undefined
  }
  useEventListener('pagehide', writeNoted)
  onScopeDispose(writeNoted)

  return {
    view,
    loaded: top.loaded,
    expand: openThese,
    collapse(id) {
      revealed = revealed.slice(0, Math.max(0, revealed.indexOf(id)))
      open.value.delete(id)
      triggerRef(open)
      remember()
    },
    reveal(ids) {
      revealed = ids
      openThese(ids)
      for (const id of ids) follow(id)
    },
    scrolledTo() {
      return memory.value ? readTreeMemory(memory.value).top : 0
    },
    noteScroll(scrolled) {
      if (!memory.value) return
      // Storage is written on the page's own thread: not in each frame of a scroll.
      noted = { tree: memory.value, top: scrolled }
      timer ??= setTimeout(writeNoted, NOTE_AFTER_MS)
    },
  }
}
