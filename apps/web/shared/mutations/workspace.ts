import * as z from 'zod/mini'
import { deletionKey, description, itemName, key, position } from './fields'
import { deleteAgain, fieldBack } from './inverse'
import { defineMutation } from './mutation'

const common = { version: 1, entity: 'workspaces' } as const
const itself = { touches: ({ id }: { id: string }) => ({ changes: [id], tree: 'share' as const }) }

export const workspaceCreate = defineMutation({
  ...common, name: 'workspace.create',
  input: z.strictObject({ id: key, name: itemName, description: z.optional(description), position: z.optional(position) }),
  touches: ({ id }) => ({ makes: [id] }),
  inverse: ({ id }, _was, newKey) => deleteAgain('workspace.delete', { id }, newKey),
})
export const workspaceRename = defineMutation({ ...common, name: 'workspace.rename', input: z.strictObject({ id: key, name: itemName }), ...itself, inverse: fieldBack('workspace.rename', 'name') })
export const workspaceDescribe = defineMutation({ ...common, name: 'workspace.describe', input: z.strictObject({ id: key, description }), ...itself, inverse: fieldBack('workspace.describe', 'description') })
export const workspaceMove = defineMutation({
  ...common, name: 'workspace.move', input: z.strictObject({ id: key, position }), ...itself,
  inverse: ({ id, position: now }, { position: before }) => before === undefined ? undefined : [{ name: 'workspace.move', input: { id, position: before }, was: { position: now } }],
})
/** With all folders in it. */
export const workspaceDelete = defineMutation({
  ...common, name: 'workspace.delete', input: z.strictObject({ id: key, deletion_id: deletionKey }),
  touches: ({ id, deletion_id: deletion }) => ({ makes: [deletion], changes: [id], tree: 'alone', clears: true }),
  inverse: ({ id, deletion_id: deletion }) => [{ name: 'workspace.restore', input: { deletion_id: deletion }, was: { ids: [id] } }],
})
export const workspaceRestore = defineMutation({
  ...common, name: 'workspace.restore', input: z.strictObject({ deletion_id: deletionKey }),
  touches: ({ deletion_id: deletion }) => ({ needs: [deletion], tree: 'alone' }),
  inverse: (_, { ids: [id] = [] }, newKey) => id === undefined ? undefined : deleteAgain('workspace.delete', { id }, newKey),
})
