import { v7 as uuid } from 'uuid'
import { folderCreate, folderDelete, folderDescribe, folderMove, folderRename, folderRestore } from '#shared/mutations/folder'
import { workspaceCreate, workspaceDelete, workspaceDescribe, workspaceMove, workspaceRename, workspaceRestore } from '#shared/mutations/workspace'
import type { Was } from '#shared/mutations/mutation'
import type { Mutate, MutateOptions, Saving } from '../mutate'

export interface About {
  /** What is edited, by its name: for the list of changes. */
  about?: string
  /** What was there before: without it the edit cannot be taken back. */
  was?: Was
}

/** What the text held where the person began to edit; where it holds something else by now, the answer is a conflict. */
export interface Before extends About { before?: string }

/** Where folders go: a workspace, and a folder in it or (null) its top. `position`: the place among siblings. */
export interface FolderPlace { workspaceId: string, parentId: string | null, position?: string }

export interface WorkspaceVerbs {
  /** `id` of what comes back is the workspace's. */
  createWorkspace: (name: string, more?: { description?: string, position?: string }) => Saving
  renameWorkspace: (id: string, name: string, edit?: Before) => Saving
  describeWorkspace: (id: string, description: string, edit?: Before) => Saving
  moveWorkspace: (id: string, position: string, more?: About) => Saving
  /** With all folders in it. `id` of what comes back is the deletion's, for `restoreWorkspace`. */
  deleteWorkspace: (id: string, more?: About) => Saving
  restoreWorkspace: (deletionId: string, more?: About) => Saving

  /** `id` of what comes back is the folder's. */
  createFolder: (folder: FolderPlace & { name: string, description?: string }) => Saving
  renameFolder: (id: string, name: string, edit?: Before) => Saving
  describeFolder: (id: string, description: string, edit?: Before) => Saving
  /** At most 500 at a time, each with all that lies under it; all of them or none. */
  moveFolders: (ids: readonly string[], to: FolderPlace, more?: About) => Saving
  /** At most 500 at a time, each with all that lies under it. `id` of what comes back is the deletion's, for `restore`. */
  deleteFolders: (ids: readonly string[], more?: About) => Saving
  /** Reverses one deletion of folders; what was deleted before it stays deleted. */
  restore: (deletionId: string, more?: About) => Saving
}

/** The edits of a company's workspaces and folders. `company`: its id; until it is known every edit is refused. */
export function workspaceVerbs(mutate: Mutate, company: () => string | undefined): WorkspaceVerbs {
  const here = (more: Omit<MutateOptions, 'company'> = {}) => ({ company: company(), ...more })
  const from = (field: string, { before, about }: Before = {}) => here({ ...before !== undefined && { base: { [field]: before } }, about: about ?? (field === 'name' ? before : undefined) })

  return {
    createWorkspace(name, more) {
      const id = uuid()
      return mutate(workspaceCreate, { id, name, ...more }, here({ id, about: name }))
    },
    renameWorkspace: (id, name, edit) => mutate(workspaceRename, { id, name }, from('name', edit)),
    describeWorkspace: (id, description, edit) => mutate(workspaceDescribe, { id, description }, from('description', edit)),
    moveWorkspace: (id, position, more) => mutate(workspaceMove, { id, position }, here(more)),
    deleteWorkspace(id, more) {
      const deletion = uuid()
      return mutate(workspaceDelete, { id, deletion_id: deletion }, here({ id: deletion, ...more }))
    },
    restoreWorkspace: (deletionId, more) => mutate(workspaceRestore, { deletion_id: deletionId }, here(more)),

    createFolder({ workspaceId, parentId, ...rest }) {
      const id = uuid()
      return mutate(folderCreate, { id, workspace_id: workspaceId, parent_id: parentId, ...rest }, here({ id, about: rest.name }))
    },
    renameFolder: (id, name, edit) => mutate(folderRename, { id, name }, from('name', edit)),
    describeFolder: (id, description, edit) => mutate(folderDescribe, { id, description }, from('description', edit)),
    moveFolders: (ids, { workspaceId, parentId, position }, more) =>
      mutate(folderMove, { ids: [...ids], workspace_id: workspaceId, parent_id: parentId, position }, here(more)),
    deleteFolders(ids, more) {
      const deletion = uuid()
      return mutate(folderDelete, { ids: [...ids], deletion_id: deletion }, here({ id: deletion, ...more }))
    },
    restore: (deletionId, more) => mutate(folderRestore, { deletion_id: deletionId }, here(more)),
  }
}
