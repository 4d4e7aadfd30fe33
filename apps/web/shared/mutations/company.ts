import * as z from 'zod/mini'
import { name } from '../account/fields'
import { INVITED_ROLES } from '../account/roles'
import { jsonChange, key } from './fields'
import { defineMutation } from './mutation'

/** Nobody becomes an owner by it: ownership goes by the transfer alone. */
export const memberChangeRole = defineMutation({
  version: 1, entity: 'company_members', name: 'member.change-role',
  input: z.strictObject({ user_id: key, role: z.enum(INVITED_ROLES, 'Choose a role.') }),
  touches: ({ user_id: user }) => ({ changes: [user] }),
})
export const companySettings = defineMutation({
  version: 1, entity: 'companies', name: 'company.settings',
  input: z.strictObject({ name: z.optional(name('a name for the company')), settings: z.optional(jsonChange) }),
  touches: () => ({ changes: ['settings'] }),
})
