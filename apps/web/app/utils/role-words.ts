import type { Role } from '#shared/catalogue/roles'

/** A role as what somebody is: "an admin". */
export const asRole = (role: Role): string => `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`
