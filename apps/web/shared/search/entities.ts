/** What can be found, in the order that it is listed in, with its number in the side tables. */
export const SEARCH_CODES = { workspace: 1, folder: 2, member: 3, group: 4 } as const

/** Leads are searched on a page of their own; their number among the side tables. */
export const LEAD_CODE = 5

export type SearchEntity = keyof typeof SEARCH_CODES

export const SEARCH_ENTITIES = Object.keys(SEARCH_CODES) as readonly SearchEntity[]
