export const VIEWERS = ['owner', 'admin', 'member', 'guest', 'stranger', 'ended', 'signedOut'] as const
export type Viewer = (typeof VIEWERS)[number]
export type Outcome = 'rows' | 'role' | 'ended' | 'signIn'

/**
 * Who gets what of one company, written by hand from the rules for people and not from the catalogue; by shape.
 * "ended" was a member once; who never was hears the same, so that nobody learns which companies there are.
 */
export const RIGHTS: Record<string, Record<Viewer, Outcome>> = {
  'user': { owner: 'rows', admin: 'rows', member: 'rows', guest: 'rows', stranger: 'rows', ended: 'rows', signedOut: 'signIn' },
  'memberships': { owner: 'rows', admin: 'rows', member: 'rows', guest: 'rows', stranger: 'rows', ended: 'rows', signedOut: 'signIn' },
  'company': { owner: 'rows', admin: 'rows', member: 'rows', guest: 'rows', stranger: 'ended', ended: 'ended', signedOut: 'signIn' },
  'members': { owner: 'rows', admin: 'rows', member: 'rows', guest: 'role', stranger: 'ended', ended: 'ended', signedOut: 'signIn' },
  'groups': { owner: 'rows', admin: 'rows', member: 'rows', guest: 'role', stranger: 'ended', ended: 'ended', signedOut: 'signIn' },
  'group-members': { owner: 'rows', admin: 'rows', member: 'rows', guest: 'role', stranger: 'ended', ended: 'ended', signedOut: 'signIn' },
  'workspaces': { owner: 'rows', admin: 'rows', member: 'rows', guest: 'rows', stranger: 'ended', ended: 'ended', signedOut: 'signIn' },
  'folders': { owner: 'rows', admin: 'rows', member: 'rows', guest: 'rows', stranger: 'ended', ended: 'ended', signedOut: 'signIn' },
  'leads': { owner: 'rows', admin: 'rows', member: 'rows', guest: 'role', stranger: 'ended', ended: 'ended', signedOut: 'signIn' },
}
export const PERSONAL = new Set(['user', 'memberships'])
export const STATUS = { rows: 200, role: 403, ended: 403, signIn: 401 }
export const CODE = { role: 'role_changed', ended: 'membership_ended', signIn: 'sign_in' }

/** The shape that brings the rows of a local table. */
export const SHAPE_OF: Record<string, string> = {
  users: 'user', memberships: 'memberships', companies: 'company', company_members: 'members', user_groups: 'groups',
  user_group_members: 'group-members', workspaces: 'workspaces', folders: 'folders', leads: 'leads',
}
