import { LEAD_CODE, SEARCH_CODES } from '#shared/search/entities'
import type { ShapeName } from '#shared/catalogue/shapes'
import { namesWith } from './write-documents'
import { leads } from './write-leads'
import type { SearchWriter } from './writer'

/** Where the rows of a searched entity are, and who takes them up. */
export interface SearchSource {
  /** Its number in the side tables. */
  readonly code: number
  readonly shape: ShapeName
  readonly table: string
  readonly writer: SearchWriter
}

export const SEARCHED: readonly SearchSource[] = [
  { code: SEARCH_CODES.workspace, shape: 'workspaces', table: 'workspaces', writer: namesWith('\'\'') },
  { code: SEARCH_CODES.folder, shape: 'folders', table: 'folders', writer: namesWith('\'\'') },
  { code: SEARCH_CODES.member, shape: 'members', table: 'company_members', writer: namesWith('email') },
  { code: SEARCH_CODES.group, shape: 'groups', table: 'user_groups', writer: namesWith('\'\'') },
  { code: LEAD_CODE, shape: 'leads', table: 'leads', writer: leads },
]
