import { CHANGED_BY_PEOPLE } from '../catalogue/changed-by-people'
import { defineRead, uuid } from './read'

/** A workspace or folder that changed lately. */
export interface RecentRow {
  entity: 'workspace' | 'folder'
  id: string
  name: string
  workspace_id: string
  workspace_name: string
  /** Name of the folder that it lies in; null at the top and for a workspace. */
  parent_name: string | null
  updated_at: Date
  /** It was never changed since it was made. */
  is_new: boolean
}

const SHOWN = 12

/**
 * What people changed last in a company, by an index that holds nothing else (117,572 folders: 3 ms in PGlite, 80 ms
 * without it). The key has the last word in its order: an act can give thousands of folders one moment, and all of them
 * would be sorted for twelve.
 */
export const recentRead = defineRead<RecentRow>()({
  name: 'recent-changes',
  views: ['folders', 'workspaces'],
  input: { company: uuid() },
  sql: `SELECT r.entity, r.id, r.name, r.workspace_id, w.name AS workspace_name, p.name AS parent_name, r.updated_at, r.is_new
    FROM (
      (SELECT 'folder' AS entity, id, name, workspace_id, parent_id, updated_at, row_version = 1 AS is_new
        FROM app_read.folders WHERE company_id = $1::uuid AND (${CHANGED_BY_PEOPLE}) ORDER BY updated_at DESC, id DESC LIMIT ${SHOWN})
      UNION ALL
      (SELECT 'workspace', id, name, id, NULL::uuid, updated_at, row_version = 1
        FROM app_read.workspaces WHERE company_id = $1::uuid ORDER BY updated_at DESC, id DESC LIMIT ${SHOWN})
    ) r
    JOIN app_read.workspaces w ON w.id = r.workspace_id
    LEFT JOIN app_read.folders p ON p.id = r.parent_id
    ORDER BY r.updated_at DESC, r.id DESC LIMIT ${SHOWN}`,
})
