import { and, eq, isNull } from 'drizzle-orm'
import type { Role } from '../../shared/catalogue/roles'
import { companies, companyMembers } from '../../shared/catalogue/tables'
import { lockCompany } from '../account/roles'
import type { Transaction } from '../db/door'
import { Refusal } from '../http/refusal'

interface Asked {
  company: string
  userId: string
  may: readonly Role[]
  /** Take the lock of the company first: for what decides who is in it and as what. */
  serial: boolean
}

/**
 * The viewer's role in a company, held until the transaction ends: who is removed or made a guest meanwhile waits, and a
 * mutation that comes after it is refused. Throws `membership_ended` or `role_changed`.
 */
export async function authorise(tx: Transaction, { company, userId, may, serial }: Asked): Promise<Role> {
  // Before the row of the membership: account acts take the two in this order, and the other one would be a deadlock.
  if (serial) await lockCompany(tx, company)
  const role = await heldRole(tx, company, userId)
  if (role instanceof Refusal) throw role
  if (!may.includes(role)) throw roleChanged(company)
  return role
}

/** The same for several mutations: whether the role is one of those who may is then asked for each. */
export async function heldRole(tx: Transaction, company: string, userId: string): Promise<Role | Refusal> {
  const [found] = await tx.select({ role: companyMembers.role }).from(companyMembers)
    .innerJoin(companies, eq(companies.id, companyMembers.company_id))
    .where(and(eq(companyMembers.company_id, company), eq(companyMembers.user_id, userId), isNull(companies.deleted_at)))
    .for('share', { of: companyMembers })
  // A check constraint holds the column to these words.
  return found ? found.role as Role : new Refusal('membership_ended', { company })
}

export const roleChanged = (company: string) => new Refusal('role_changed', { company })
