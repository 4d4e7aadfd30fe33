import * as z from 'zod/mini'
import type { WorkspaceRow } from '../generated/catalogue.gen'
import { byName, defineRead, uuid } from './read'

export type WorkspaceListRow = Pick<WorkspaceRow, 'id' | 'name' | 'description' | 'position'>
export type WorkspaceDetail = Pick<WorkspaceRow, 'id' | 'company_id' | 'name' | 'description'>
export interface FolderCountRow { workspace_id: string, folders: number }

export const workspacesRead = defineRead<WorkspaceListRow>()({
  name: 'workspaces',
  views: ['workspaces'],
  input: { company: uuid() },
  sql: `SELECT id, name, description, position FROM app_read.workspaces
    WHERE company_id = $1::uuid ORDER BY position COLLATE "C", ${byName('name')}, id`,
})

export const workspaceRead = defineRead<WorkspaceDetail>()({
  name: 'workspace',
  views: ['workspaces'],
  input: { workspace: uuid() },
  scope: { view: 'workspaces', id: 'workspace' },
  sql: 'SELECT id, company_id, name, description FROM app_read.workspaces WHERE id = $1::uuid',
})

/**
 * How many folders some workspaces have: asked for those on the screen only, because counting a company of 117,000
 * folders again after each change would stop every other query of the browser for its time.
 */
export const folderCountsRead = defineRead<FolderCountRow>()({
  name: 'folder-counts',
  views: ['folders'],
  input: { workspaces: z.array(uuid()).check(z.maxLength(200)) },
  sql: `SELECT w.id AS workspace_id, (SELECT count(*) FROM app_read.folders f WHERE f.workspace_id = w.id)::int AS folders
    FROM unnest($1::uuid[]) AS w(id)`,
})
