import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import { EVERYONE, MANAGERS } from '../../shared/catalogue/roles'
import { companies, companyMembers } from '../../shared/catalogue/tables'
import { invites } from '../db/account'
import { withAccounts, type Transaction } from '../db/door'
import { Refusal } from '../http/refusal'
import type { Actor } from './actor'
import { recordInCompany } from './audit'
import { dropMember, findMember, setRole, type Member } from './members'
import { requirePassword } from './password'
import { lockCompany, requireRole } from './roles'

/** Leaves a company. Throws `last_owner`: a company without one could not be managed by anybody. */
export async function leaveCompany(actor: Actor, company: string): Promise<void> {
  await withAccounts(async (tx) => {
    const { ownerId } = await lockCompany(tx, company)
    await requireRole(tx, company, actor.id, EVERYONE)
    const left = await endMembership(tx, company, actor.id, ownerId)
    await recordInCompany(tx, company, actor, 'member.left', left)
  })
}

/** Takes a person out of a company: an owner anyone, an admin anyone but owners. Throws `last_owner` or `not_found`. */
export async function removeMember(actor: Actor, company: string, userId: string): Promise<void> {
  if (userId === actor.id) throw new Refusal('invalid_input', { fields: { user_id: 'This is you: leave the company instead.' } })
  await withAccounts(async (tx) => {
    const { ownerId } = await lockCompany(tx, company)
    const role = await requireRole(tx, company, actor.id, MANAGERS)
    const member = await findMember(tx, company, userId)
    if (member.role === 'owner' && role !== 'owner') throw new Refusal('role_changed', { company })
    const removed = await endMembership(tx, company, userId, ownerId)
    await recordInCompany(tx, company, actor, 'member.removed', removed)
  })
}

/** Gives a company to another member and stays in it as an admin. */
export async function transferCompany(actor: Actor, company: string, { user_id: userId, password }: { user_id: string, password: string }): Promise<void> {
  if (userId === actor.id) throw new Refusal('invalid_input', { fields: { user_id: 'This is you: choose another member.' } })
  // Before the password is asked: a stranger's guesses are not worth a hash.
  await withAccounts(tx => requireRole(tx, company, actor.id, ['owner']))
  await requirePassword(actor, password, 'password')
  await withAccounts(async (tx) => {
    await lockCompany(tx, company)
    await requireRole(tx, company, actor.id, ['owner'])
    const heir = await findMember(tx, company, userId)
    await setRole(tx, company, userId, 'owner')
    await setRole(tx, company, actor.id, 'admin')
    await tx.update(companies).set({ owner_id: userId }).where(eq(companies.id, company))
    await recordInCompany(tx, company, actor, 'company.transferred', { from: actor.id, from_name: actor.name, to: userId, to_name: heir.name })
  })
}

/** Under the lock of the company. */
async function endMembership(tx: Transaction, company: string, userId: string, ownerId: string): Promise<Member> {
  const member = await findMember(tx, company, userId)
  const [heir] = await tx.select({ id: companyMembers.user_id }).from(companyMembers)
    .where(and(eq(companyMembers.company_id, company), eq(companyMembers.role, 'owner'), ne(companyMembers.user_id, userId)))
    .orderBy(companyMembers.created_at).limit(1)
  if (member.role === 'owner' && !heir) throw new Refusal('last_owner', { company })
  if (ownerId === userId && heir) await tx.update(companies).set({ owner_id: heir.id }).where(eq(companies.id, company))
  await dropMember(tx, company, userId)
  // A link that they kept would let them in again.
  await tx.update(invites).set({ revoked_at: sql`now()` })
    .where(and(eq(invites.company_id, company), eq(invites.invited_by, userId), isNull(invites.used_at), isNull(invites.revoked_at)))
  return member
}
