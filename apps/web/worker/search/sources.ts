import { SEARCH_CODES } from '#shared/search/entities'
import type { SearchEntity } from '#shared/search/entities'
import type { ShapeName } from '#shared/catalogue/shapes'

/** Where the rows of a searched entity are, and what of them is searched. */
export interface SearchSource {
  readonly entity: SearchEntity
  /** Its number in the side tables. */
  readonly code: number
  readonly shape: ShapeName
  readonly table: string
  /** SQL over the row, found beside the name but not shown as the title. */
  readonly extra: string
}

export const SEARCHED: readonly SearchSource[] = [
  { entity: 'workspace', code: SEARCH_CODES.workspace, shape: 'workspaces', table: 'workspaces', extra: '\'\'' },
  { entity: 'folder', code: SEARCH_CODES.folder, shape: 'folders', table: 'folders', extra: '\'\'' },
  { entity: 'member', code: SEARCH_CODES.member, shape: 'members', table: 'company_members', extra: 'email' },
  { entity: 'group', code: SEARCH_CODES.group, shape: 'groups', table: 'user_groups', extra: '\'\'' },
]
