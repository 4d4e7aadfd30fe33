import { companySettings, memberChangeRole } from '#shared/mutations/company'
import type { Role } from '#shared/catalogue/roles'
import type { Mutate, Saving } from '../mutate'
import type { About } from './workspace-verbs'

export interface CompanyVerbs {
  /** Nobody becomes an owner by it: that is the transfer, an account act. */
  changeRole: (userId: string, role: Exclude<Role, 'owner'>, more?: About) => Saving
  /** `settings`: the keys to change; null takes one away. */
  saveSettings: (change: { name?: string, settings?: Record<string, unknown> }) => Saving
}

/** The edits of a company and its members. `company`: its id; until it is known every edit is refused. */
export function companyVerbs(mutate: Mutate, company: () => string | undefined): CompanyVerbs {
  return {
    changeRole: (userId, role, more) => mutate(memberChangeRole, { user_id: userId, role }, { company: company(), ...more }),
    saveSettings: change => mutate(companySettings, { ...change }, { company: company() }),
  }
}
