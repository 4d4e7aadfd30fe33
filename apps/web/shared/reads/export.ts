import * as z from 'zod/mini'
import type { FolderRow, WorkspaceRow } from '../generated/catalogue.gen'
import { defineRead, uuid } from './read'

export type ExportedFolder = Pick<FolderRow, 'id' | 'parent_id' | 'name' | 'description' | 'position'>

/** A slice of a workspace's folders, by key: one that took all at once would stop every other query for its time. */
export const exportedFoldersRead = defineRead<ExportedFolder>()({
  name: 'exported-folders',
  views: ['folders'],
  input: { workspace: uuid(), after: uuid(), limit: z.int().check(z.minimum(1), z.maximum(10_000)) },
  scope: { view: 'workspaces', id: 'workspace' },
  localOnly: true,
  sql: `SELECT id, parent_id, name, description, position FROM app_read.folders
    WHERE workspace_id = $1::uuid AND id > $2::uuid ORDER BY id LIMIT $3::int`,
})

export const exportedWorkspaceRead = defineRead<Pick<WorkspaceRow, 'name' | 'description'>>()({
  name: 'exported-workspace',
  views: ['workspaces'],
  input: { workspace: uuid() },
  scope: { view: 'workspaces', id: 'workspace' },
  localOnly: true,
  sql: 'SELECT name, description FROM app_read.workspaces WHERE id = $1::uuid',
})
