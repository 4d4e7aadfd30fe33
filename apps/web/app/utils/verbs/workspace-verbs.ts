import { v7 as uuid } from 'uuid'
import { folderCreate, folderDelete, folderDescribe, folderMove, folderRename, folderRestore } from '#shared/mutations/folder'
import { workspaceCreate, workspaceDelete, workspaceDescribe, workspaceMove, workspaceRename, workspaceRestore } from '#shared/mutations/workspace'
import type { Mutate, Saving } from '../mutate'

/** What the text held where the person began to edit; where it holds something else by now, the answer is a conflict. */
export interface Before { before?: string }

/** Where folders go: a workspace, and a folder in it or (null) its top. `position`: the place among siblings. */
export interface FolderPlace { workspaceId: string, parentId: string | null, position?: string }

export interface WorkspaceVerbs {
  /** `id` of what comes back is the workspace's. */
  createWorkspace: (name: string, more?: { description?: string, position?: string }) => Saving
  renameWorkspace: (id: string, name: string, edit?: Before) => Saving
  describeWorkspace: (id: string, description: string, edit?: Before) => Saving
  moveWorkspace: (id: string, position: string) => Saving
  /** With all folders in it. `id` of what comes back is the deletion's, for `restoreWorkspace`. */
  deleteWorkspace: (id: string) => Saving
  restoreWorkspace: (deletionId: string) => Saving

  /** `id` of what comes back is the folder's. */
  createFolder: (folder: FolderPlace & { name: string, description?: string }) => Saving
  renameFolder: (id: string, name: string, edit?: Before) => Saving
  describeFolder: (id: string, description: string, edit?: Before) => Saving
  /** At most 500 at a time, each with all that lies under it; all of them or none. */
  moveFolders: (ids: readonly string[], to: FolderPlace) => Saving
  /** At most 500 at a time, each with all that lies under it. `id` of what comes back is the deletion's, for `restore`. */
  deleteFolders: (ids: readonly string[]) => Saving
  /** Reverses one deletion of folders; what was deleted before it stays deleted. */
  restore: (deletionId: string) => Saving
}

/** The edits of a company's workspaces and folders. `company`: its id; until it is known every edit is refused. */
export function workspaceVerbs(mutate: Mutate, company: () => string | undefined): WorkspaceVerbs {
  const here = (more: { id?: string, base?: Record<string, unknown> } = {}) => ({ company: company(), ...more })
  const from = (field: string, edit: Before = {}) => here(edit.before === undefined ? {} : { base: { [field]: edit.before } })

  return {
    createWorkspace(name, more) {
      const id = uuid()
      return mutate(workspaceCreate, { id, name, ...more }, here({ id }))
    },
    renameWorkspace: (id, name, edit) => mutate(workspaceRename, { id, name }, from('name', edit)),
    describeWorkspace: (id, description, edit) => mutate(workspaceDescribe, { id, description }, from('description', edit)),
    moveWorkspace: (id, position) => mutate(workspaceMove, { id, position }, here()),
    deleteWorkspace(id) {
      const deletion = uuid()
      return mutate(workspaceDelete, { id, deletion_id: deletion }, here({ id: deletion }))
    },
    restoreWorkspace: deletionId => mutate(workspaceRestore, { deletion_id: deletionId }, here()),

    createFolder({ workspaceId, parentId, ...rest }) {
      const id = uuid()
      return mutate(folderCreate, { id, workspace_id: workspaceId, parent_id: parentId, ...rest }, here({ id }))
    },
    renameFolder: (id, name, edit) => mutate(folderRename, { id, name }, from('name', edit)),
    describeFolder: (id, description, edit) => mutate(folderDescribe, { id, description }, from('description', edit)),
    moveFolders: (ids, { workspaceId, parentId, position }) =>
      mutate(folderMove, { ids: [...ids], workspace_id: workspaceId, parent_id: parentId, position }, here()),
    deleteFolders(ids) {
      const deletion = uuid()
      return mutate(folderDelete, { ids: [...ids], deletion_id: deletion }, here({ id: deletion }))
    },
    restore: deletionId => mutate(folderRestore, { deletion_id: deletionId }, here()),
  }
}
