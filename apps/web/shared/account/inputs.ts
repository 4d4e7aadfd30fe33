import * as z from 'zod/mini'
import { currentPassword, email, name, newPassword, passwordProblem, slug, token } from './fields'
import { INVITED_ROLES } from './roles'

/** A check over two fields, told at the password. */
const notTheAddress = z.check<{ email: string, password: string }>(({ value, issues }) => {
  const problem = passwordProblem(value.password, value.email)
  if (problem) issues.push({ code: 'custom', input: value.password, path: ['password'], message: problem })
})

/** What each account act takes. Pages check their forms with these, the server checks every request with them again. */
export const signUpInput = z.strictObject({ email, name: name('your name'), password: newPassword, invite: z.optional(token) }).check(notTheAddress)
export const resetRequestInput = z.strictObject({ email })
export const resetInput = z.strictObject({ token, password: newPassword })
export const tokenInput = z.strictObject({ token })
export const passwordInput = z.strictObject({ current: currentPassword, password: newPassword })
export const emailInput = z.strictObject({ email, password: currentPassword })
export const endSessionsInput = z.union([
  z.strictObject({ id: z.uuid('Name the session.') }),
  z.strictObject({ others: z.literal(true) }),
], 'Name one session, or all others.')
export const companyInput = z.strictObject({ id: z.optional(z.uuid('This is not a key.')), name: name('a name for the company'), slug })
/** For the operator's command. */
export const ownerInput = z.strictObject({ email, name: name('a name for the person'), company: name('a name for the company'), slug })
export const inviteInput = z.strictObject({ role: z.enum(INVITED_ROLES, 'Choose a role.'), email: z.optional(email) })
export const inviteIdInput = z.strictObject({ id: z.uuid('Name the invite.') })
export const personInput = z.strictObject({ user_id: z.uuid('Name the person.') })
export const transferInput = z.strictObject({ user_id: z.uuid('Name the person.'), password: currentPassword })
export const nothingInput = z.strictObject({})
