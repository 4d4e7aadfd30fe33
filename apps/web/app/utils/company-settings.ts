import * as z from 'zod/mini'
import { INVITED_ROLES } from '#shared/account/roles'

/** What a company chose. A value that this version does not know counts as not chosen. */
const schema = z.object({
  /** The role that a new invite suggests. */
  invite_role: z.catch(z.enum(INVITED_ROLES), 'member'),
})
export type CompanySettings = z.infer<typeof schema>

/** Reads `companies.settings`, which may hold anything and other keys besides. */
export function readCompanySettings(value: unknown): CompanySettings {
  const given = schema.safeParse(value)
  return given.success ? given.data : schema.parse({})
}
