import { and, eq, isNull } from 'drizzle-orm'
import type { Role } from '../../shared/catalogue/roles'
import { companies, companyMembers } from '../../shared/catalogue/tables'
import type { Transaction } from '../db/door'
import { Refusal } from '../http/refusal'

/**
 * Makes everything that decides who is in a company, and as what, happen one after the other: of two owners who leave at
 * once the second sees that the first is gone. Rows of the company that others write meanwhile do not wait for it.
 * Throws `membership_ended` where there is no such company, as for one that the asker is not in.
 */
export async function lockCompany(tx: Transaction, company: string): Promise<{ name: string, ownerId: string }> {
  const [found] = await tx.select({ name: companies.name, ownerId: companies.owner_id }).from(companies)
    .where(and(eq(companies.id, company), isNull(companies.deleted_at))).for('no key update')
  if (!found) throw new Refusal('membership_ended', { company })
  return found
}

/** The role of a person in a company that is not deleted; undefined where there is none. */
export async function roleOf(tx: Transaction, company: string, userId: string): Promise<Role | undefined> {
  const [found] = await tx.select({ role: companyMembers.role }).from(companyMembers)
    .innerJoin(companies, eq(companies.id, companyMembers.company_id))
    .where(and(eq(companyMembers.company_id, company), eq(companyMembers.user_id, userId), isNull(companies.deleted_at)))
  // A check constraint holds the column to these words.
  return found?.role as Role | undefined
}

/** Throws `membership_ended` for who is not in the company, and `role_changed` for who is, but not as one of `roles`. */
export async function requireRole(tx: Transaction, company: string, userId: string, roles: readonly Role[]): Promise<Role> {
  const role = await roleOf(tx, company, userId)
  if (!role) throw new Refusal('membership_ended', { company })
  if (!roles.includes(role)) throw new Refusal('role_changed', { company })
  return role
}
