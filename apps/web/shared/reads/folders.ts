import type { FolderRow } from '../generated/catalogue.gen'
import { byName, defineRead, uuid } from './read'

/** One line of the tree. */
export type FolderListRow = Pick<FolderRow, 'id' | 'parent_id' | 'name'> & { has_children: boolean }
export type FolderDetail = Pick<FolderRow, 'id' | 'company_id' | 'workspace_id' | 'parent_id' | 'name' | 'description' | 'position' | 'created_at' | 'updated_at'>
export type BreadcrumbRow = Pick<FolderRow, 'id' | 'name'>

// OFFSET 0 keeps PostgreSQL from answering EXISTS for fifty folders by a hash of all folders that there are.
const listed = `SELECT f.id, f.parent_id, f.name, EXISTS (
      SELECT 1 FROM app_read.folders c WHERE c.workspace_id = f.workspace_id AND c.parent_id = f.id OFFSET 0
    ) AS has_children
    FROM app_read.folders f`
const order = `ORDER BY f.position COLLATE "C", ${byName('f.name')}, f.id`

const inWorkspace = { view: 'workspaces', id: 'workspace' } as const
const ofFolder = { view: 'folders', id: 'folder' } as const

// Two reads and not one with IS NOT DISTINCT FROM: PostgreSQL finds no index for that.
export const topFoldersRead = defineRead<FolderListRow>()({
  name: 'folders-top',
  views: ['folders'],
  input: { workspace: uuid() },
  scope: inWorkspace,
  sql: `${listed} WHERE f.workspace_id = $1::uuid AND f.parent_id IS NULL ${order}`,
})

export const childFoldersRead = defineRead<FolderListRow>()({
  name: 'folders-children',
  views: ['folders'],
  input: { workspace: uuid(), parent: uuid() },
  scope: inWorkspace,
  sql: `${listed} WHERE f.workspace_id = $1::uuid AND f.parent_id = $2::uuid ${order}`,
})

export const folderRead = defineRead<FolderDetail>()({
  name: 'folder',
  views: ['folders'],
  input: { folder: uuid() },
  scope: ofFolder,
  sql: `SELECT id, company_id, workspace_id, parent_id, name, description, position, created_at, updated_at
    FROM app_read.folders WHERE id = $1::uuid`,
})

/** The way from the top to a folder, itself last. Cut at 200 steps: two devices' moves can close a ring for a while. */
export const breadcrumbRead = defineRead<BreadcrumbRow>()({
  name: 'breadcrumb',
  views: ['folders'],
  input: { folder: uuid() },
  scope: ofFolder,
  sql: `WITH RECURSIVE way AS (
      SELECT f.id, f.parent_id, f.name, 0 AS step FROM app_read.folders f WHERE f.id = $1::uuid
      UNION ALL
      SELECT p.id, p.parent_id, p.name, way.step + 1 FROM way JOIN app_read.folders p ON p.id = way.parent_id WHERE way.step < 200
    ) CYCLE id SET is_cycle USING visited
    SELECT id, name FROM way WHERE NOT is_cycle ORDER BY step DESC`,
})
