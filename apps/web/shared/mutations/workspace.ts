import * as z from 'zod/mini'
import { deletionKey, description, itemName, key, position } from './fields'
import { defineMutation } from './mutation'

const common = { version: 1, entity: 'workspaces' } as const

export const workspaceCreate = defineMutation({
  ...common, name: 'workspace.create',
  input: z.strictObject({ id: key, name: itemName, description: z.optional(description), position: z.optional(position) }),
})
export const workspaceRename = defineMutation({ ...common, name: 'workspace.rename', input: z.strictObject({ id: key, name: itemName }) })
export const workspaceDescribe = defineMutation({ ...common, name: 'workspace.describe', input: z.strictObject({ id: key, description }) })
export const workspaceMove = defineMutation({ ...common, name: 'workspace.move', input: z.strictObject({ id: key, position }) })
/** With all folders in it. */
export const workspaceDelete = defineMutation({ ...common, name: 'workspace.delete', input: z.strictObject({ id: key, deletion_id: deletionKey }) })
export const workspaceRestore = defineMutation({ ...common, name: 'workspace.restore', input: z.strictObject({ deletion_id: deletionKey }) })
