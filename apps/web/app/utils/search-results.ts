import type { SearchRow } from '#shared/reads/search'
import { SEARCH_ENTITIES, type SearchEntity } from '#shared/search/entities'
import { highlights } from '#shared/search/text'

/** A piece of a name; `isFound` where it is what was looked for. */
export interface TextPiece { text: string, isFound: boolean }

/** One line of the results. */
export interface SearchResult {
  /** Names the line: the same thing found by two texts is the same line. */
  readonly key: string
  readonly entity: SearchEntity
  readonly id: string
  readonly companyId: string
  readonly title: string
  readonly pieces: readonly TextPiece[]
  /** Where it lies, or what more there is to say of it. */
  readonly detail: string
  readonly to: string
}

export interface SearchGroup { readonly entity: SearchEntity, readonly label: string, readonly icon: string, readonly results: readonly SearchResult[] }

const WORDS: Readonly<Record<SearchEntity, { label: string, icon: string }>> = {
  workspace: { label: 'Workspaces', icon: 'i-lucide-panels-top-left' },
  folder: { label: 'Folders', icon: 'i-lucide-folder' },
  member: { label: 'Members', icon: 'i-lucide-user' },
  group: { label: 'Groups', icon: 'i-lucide-users' },
}

export const searchIcon = (entity: SearchEntity) => WORDS[entity].icon

/** @param withCompany whether each line names its company, because there are several */
export function resultOf(row: SearchRow, text: string, withCompany: boolean): SearchResult {
  const { entity, id, company_id: companyId, title } = row
  const where = [...(withCompany && row.company ? [row.company] : []), ...(row.path ?? []), ...(row.detail ? [row.detail] : [])]
  return { key: `${entity}-${id}`, entity, id, companyId, title, pieces: piecesOf(title, text), detail: where.join(' / '), to: addressOf(row) }
}

/** The results under the heading of each entity that has some, in the order of the entities. */
export function groupsOf(results: readonly SearchResult[]): SearchGroup[] {
  return SEARCH_ENTITIES
    .map(entity => ({ entity, ...WORDS[entity], results: results.filter(result => result.entity === entity) }))
    .filter(group => group.results.length > 0)
}

/** A heading with its lines. */
export interface SearchSection { readonly entity: string, readonly label: string, readonly results: readonly SearchResult[] }

/** The first so many results with their headings. */
export function cutAfter(sections: readonly SearchSection[], count: number): SearchSection[] {
  let left = count
  return sections.flatMap((section) => {
    const results = section.results.slice(0, left)
    left -= results.length
    return results.length > 0 ? [{ entity: section.entity, label: section.label, results }] : []
  })
}

function addressOf({ entity, id, company_id, workspace_id }: SearchRow): string {
  const company = `/c/${company_id}`
  switch (entity) {
    case 'workspace': return `${company}/w/${id}`
    case 'folder': return `${company}/w/${workspace_id}/${id}`
    case 'member': return `${company}/members`
    case 'group': return `${company}/groups`
  }
}

function piecesOf(title: string, text: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let at = 0
  for (const [from, to] of highlights(title, text)) {
    pieces.push({ text: title.slice(at, from), isFound: false }, { text: title.slice(from, to), isFound: true })
    at = to
  }
  return [...pieces, { text: title.slice(at), isFound: false }].filter(piece => piece.text !== '')
}
