import { onScopeDispose, shallowReactive, shallowRef, toValue, type MaybeRefOrGetter, type Ref } from 'vue'
import { navigateTo } from '#imports'
import { folderRead } from '#shared/reads/folders'
import type { FolderTarget, FolderVerb } from '../utils/folder-menu'
import { unlessCancelled } from '../utils/pglite-error'
import type { WorkspaceSync } from './useWorkspaceSync'
import { usePGLite } from './usePGLite'
import { useSaying } from './useSaying'

/** Where a name is changed: on its line of the tree, or on the page beside it. */
export type ActPlace = 'tree' | 'page'

export interface FolderActs {
  readonly renaming: Readonly<Ref<{ id: string, spot: ActPlace, name: string } | undefined>>
  /** The dialogs; each stays in the page when it closes, so that it can close calmly. */
  readonly naming: Ref<{ open: boolean, title: string, parentId: string | null } | undefined>
  readonly describing: Ref<{ open: boolean, id: string, name: string, description: string } | undefined>
  readonly moving: Ref<{ open: boolean, folder: FolderTarget } | undefined>
  /** Begins what a menu, a key or a button asked for. The workspace itself counts as a folder for making, naming and describing. */
  readonly act: (verb: FolderVerb, target: FolderTarget, spot: ActPlace) => void
  readonly renamed: (id: string, name: string | undefined) => void
  readonly createIn: (name: string) => Promise<void>
  readonly describe: (text: string) => Promise<void>
  readonly move: (to: { workspaceId: string, parentId: string | null }) => Promise<void>
}

interface Place {
  company: MaybeRefOrGetter<string | undefined>
  workspace: MaybeRefOrGetter<string | undefined>
  folder: MaybeRefOrGetter<string | undefined>
}

/** What a person does with the folders of a workspace page: the verbs of the sync composable, asked for and answered. */
export function useFolderActs(sync: WorkspaceSync, place: Place): FolderActs {
  const pglite = usePGLite()
  const say = useSaying()
  const renaming = shallowRef<{ id: string, spot: ActPlace, name: string }>()
  const naming = shallowRef<{ open: boolean, title: string, parentId: string | null }>()
  const describing = shallowRef<{ open: boolean, id: string, name: string, description: string }>()
  const moving = shallowRef<{ open: boolean, folder: FolderTarget }>()
  const gone = new AbortController()
  onScopeDispose(() => gone.abort())
  const workspace = () => toValue(place.workspace) ?? ''
  const isWorkspace = (id: string) => id === workspace()
  const addressOf = (id?: string | null) => `/c/${toValue(place.company)}/w/${workspace()}${id && !isWorkspace(id) ? `/${id}` : ''}`

  /** Leaves a folder that is about to go, or whose parent is: to the nearest place that stays. */
  function leave(id: string): void {
    const way = sync.breadcrumb.value
    const at = way.findIndex(step => step.id === id)
    if (toValue(place.folder) !== undefined && at >= 0) void navigateTo(addressOf(way[at - 1]?.id))
  }

  async function remove({ id, name }: FolderTarget): Promise<void> {
    if (isWorkspace(id)) {
      const saving = sync.deleteWorkspace(id, { about: name })
      if (await say(saving, { done: `${name} was deleted.`, undo: () => sync.restoreWorkspace(saving.id, { about: name }) })) await navigateTo(`/c/${toValue(place.company)}`)
      return
    }
    const saving = sync.deleteFolders([id], { about: name })
    const saved = await say(saving, { done: `${name} and everything in it was deleted.`, undo: () => sync.restore(saving.id, { about: name }) })
    if (saved) leave(id)
  }

  async function askDescription({ id, name }: FolderTarget): Promise<void> {
    const description = isWorkspace(id)
      ? sync.workspace.value?.description
      : id === sync.folder.value?.id ? sync.folder.value.description : (await pglite.read(folderRead, { folder: id }, gone.signal))[0]?.description
    describing.value = shallowReactive({ open: true, id, name, description: description ?? '' })
  }

  return {
    renaming, naming, describing, moving,
    act(verb, target, spot) {
      const parentId = isWorkspace(target.id) ? null : target.id
      if (verb === 'open') void navigateTo(addressOf(target.id))
      else if (verb === 'create') naming.value = shallowReactive({ open: true, title: `New folder in ${target.name}`, parentId })
      else if (verb === 'rename') renaming.value = { ...target, spot }
      else if (verb === 'describe') askDescription(target).catch(unlessCancelled)
      else if (verb === 'move') moving.value = shallowReactive({ open: true, folder: target })
      else void remove(target)
    },
    renamed(id, name) {
      const before = renaming.value?.name
      renaming.value = undefined
      if (name === undefined) return
      void say(isWorkspace(id) ? sync.renameWorkspace(id, name, { before }) : sync.renameFolder(id, name, { before }))
    },
    async createIn(name) {
      await sync.createFolder({ workspaceId: workspace(), parentId: naming.value?.parentId ?? null, name }).saved
    },
    async describe(text) {
      const at = describing.value
      if (!at || text === at.description) return
      const edit = { before: at.description, about: at.name }
      await (isWorkspace(at.id) ? sync.describeWorkspace(at.id, text, edit) : sync.describeFolder(at.id, text, edit)).saved
    },
    async move(to) {
      const folder = moving.value?.folder
      if (!folder) return
      await sync.moveFolders([folder.id], to, { about: folder.name }).saved
      if (to.workspaceId !== workspace()) leave(folder.id)
    },
  }
}
