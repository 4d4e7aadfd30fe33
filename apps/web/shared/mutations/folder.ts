import * as z from 'zod/mini'
import { deletionKey, description, itemName, key, keys, position } from './fields'
import { defineMutation } from './mutation'

const common = { version: 1, entity: 'folders' } as const
/** Where folders lie; no parent means the top of the workspace. */
const place = { workspace_id: key, parent_id: z.nullable(key) }

/** Two folders of one place may have the same name: their keys tell them apart. */
export const folderCreate = defineMutation({
  ...common, name: 'folder.create',
  input: z.strictObject({ id: key, ...place, name: itemName, description: z.optional(description), position: z.optional(position) }),
})
export const folderRename = defineMutation({ ...common, name: 'folder.rename', input: z.strictObject({ id: key, name: itemName }) })
export const folderDescribe = defineMutation({ ...common, name: 'folder.describe', input: z.strictObject({ id: key, description }) })
/** Each with all that lies under it, also to another workspace of the company; never into itself. */
export const folderMove = defineMutation({ ...common, name: 'folder.move', input: z.strictObject({ ids: keys, ...place, position: z.optional(position) }) })
/** Each with all that lies under it. */
export const folderDelete = defineMutation({ ...common, name: 'folder.delete', input: z.strictObject({ ids: keys, deletion_id: deletionKey }) })
export const folderRestore = defineMutation({ ...common, name: 'folder.restore', input: z.strictObject({ deletion_id: deletionKey }) })
