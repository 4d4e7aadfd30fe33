import * as z from 'zod/mini'
import { deletionKey, description, itemName, key, keys, position } from './fields'
import { deleteAgain, placesBack, fieldBack } from './inverse'
import { defineMutation } from './mutation'

const common = { version: 1, entity: 'folders' } as const
const itself = { touches: ({ id }: { id: string }) => ({ changes: [id], tree: 'share' as const }) }
/** Where folders lie; no parent means the top of the workspace. */
const place = { workspace_id: key, parent_id: z.nullable(key) }
const needed = ({ workspace_id: workspace, parent_id: parent }: { workspace_id: string, parent_id: string | null }) => parent === null ? [workspace] : [workspace, parent]

/** Two folders of one place may have the same name: their keys tell them apart. */
export const folderCreate = defineMutation({
  ...common, name: 'folder.create',
  input: z.strictObject({ id: key, ...place, name: itemName, description: z.optional(description), position: z.optional(position) }),
  touches: input => ({ makes: [input.id], needs: needed(input), tree: 'share' }),
  // With what others have put into it, which the same deletion brings back.
  inverse: ({ id }, _was, newKey) => deleteAgain('folder.delete', { ids: [id] }, newKey),
})
export const folderRename = defineMutation({ ...common, name: 'folder.rename', input: z.strictObject({ id: key, name: itemName }), ...itself, inverse: fieldBack('folder.rename', 'name') })
export const folderDescribe = defineMutation({ ...common, name: 'folder.describe', input: z.strictObject({ id: key, description }), ...itself, inverse: fieldBack('folder.describe', 'description') })
/** Each with all that lies under it, also to another workspace of the company; never into itself. */
export const folderMove = defineMutation({
  ...common, name: 'folder.move', input: z.strictObject({ ids: keys, ...place, position: z.optional(position) }),
  touches: input => ({ changes: input.ids, needs: needed(input), tree: 'alone', moves: true }),
  inverse: (input, { places }) => places && placesBack(input, places),
})
/** Each with all that lies under it. */
export const folderDelete = defineMutation({
  ...common, name: 'folder.delete', input: z.strictObject({ ids: keys, deletion_id: deletionKey }),
  touches: ({ ids, deletion_id: deletion }) => ({ makes: [deletion], changes: ids, tree: 'alone', clears: true }),
  inverse: ({ ids, deletion_id: deletion }) => [{ name: 'folder.restore', input: { deletion_id: deletion }, was: { ids } }],
})
export const folderRestore = defineMutation({
  ...common, name: 'folder.restore', input: z.strictObject({ deletion_id: deletionKey }),
  touches: ({ deletion_id: deletion }) => ({ needs: [deletion], tree: 'alone' }),
  inverse: (_, { ids }, newKey) => ids && deleteAgain('folder.delete', { ids: [...ids] }, newKey),
})
