/** What a person may be in a company, most powerful first. */
export const ROLES = ['owner', 'admin', 'member', 'guest'] as const
export type Role = (typeof ROLES)[number]

/** Groups of roles that the catalogue speaks of. */
export const EVERYONE: readonly Role[] = ROLES
export const STAFF: readonly Role[] = ['owner', 'admin', 'member']
export const MANAGERS: readonly Role[] = ['owner', 'admin']
