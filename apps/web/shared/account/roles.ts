/** Nobody is invited as an owner: ownership goes by the transfer alone. */
export const INVITED_ROLES = ['admin', 'member', 'guest'] as const
export type InvitedRole = (typeof INVITED_ROLES)[number]
