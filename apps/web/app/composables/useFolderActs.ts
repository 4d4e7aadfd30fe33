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

interface Renaming { id: string, spot: ActPlace, name: string, typed?: string }

export interface FolderActs {
  /** `typed`: what could not be saved, to be saved again. */
  readonly renaming: Readonly<Ref<Renaming | undefined>>
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
  const renaming = shallowRef<Renaming>()
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
      if (await say(sync.deleteWorkspace(id, { about: name }), { done: `${name} was deleted.`, undo: true })) await navigateTo(`/c/${toValue(place.company)}`)
      return
    }
    const saved = await say(sync.deleteFolders([id], { about: name }), { done: `${name} and everything in it was deleted.`, undo: true })
    if (saved) leave(id)
  }

  const detailOf = async (id: string) => (await pglite.read(folderRead, { folder: id }, gone.signal))[0]

  async function askDescription({ id, name }: FolderTarget): Promise<void> {
    const description = isWorkspace(id)
      ? sync.workspace.value?.description
      : id === sync.folder.value?.id ? sync.folder.value.description : (await detailOf(id))?.description
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
      const was = renaming.value
      renaming.value = undefined
      if (name === undefined) return
      const edit = { before: was?.name }
      void say(isWorkspace(id) ? sync.renameWorkspace(id, name, edit) : sync.renameFolder(id, name, edit)).then((isSaved) => {
        if (!isSaved && was && !renaming.value) renaming.value = { ...was, typed: name }
      })
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
      // Where it cannot be read (offline, not all here yet), it moves all the same, and is not taken back by a key.
      const before = await detailOf(folder.id).catch(() => undefined)
      await sync.moveFolders([folder.id], to, { about: folder.name, ...before && { was: { places: [before] } } }).saved
      if (to.workspaceId !== workspace()) leave(folder.id)
    },
  }
}
