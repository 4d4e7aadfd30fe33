import { and, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import type { InvitedRole } from '../../shared/account/roles'
import { MANAGERS } from '../../shared/catalogue/roles'
import { companies, companyMembers } from '../../shared/catalogue/tables'
import { invites } from '../db/account'
import type { Transaction } from '../db/door'
import { Refusal } from '../http/refusal'
import { tokenHash } from '../session/token'
import type { Account } from './accounts'
import { recordInCompany } from './audit'
import { addMember } from './members'
import { lockCompany, roleOf } from './roles'

/** An invite by its token, or by its id where the server kept that. */
export type InviteKey = { token: string } | { id: string }

export interface OpenInvite {
  id: string
  company: string
  companyName: string
  role: InvitedRole
  email: string | null
  expiresAt: Date
}

const named = (key: InviteKey) => 'token' in key ? eq(invites.token_hash, tokenHash(key.token)) : eq(invites.id, key.id)

/**
 * An invite that can be used now; undefined where it was used, revoked or is over, and where who made it may not invite
 * any more: with their role goes what they gave away.
 */
export async function findOpenInvite(tx: Transaction, key: InviteKey): Promise<OpenInvite | undefined> {
  const [found] = await tx
    .select({ id: invites.id, company: invites.company_id, companyName: companies.name, role: invites.role, email: invites.email, expiresAt: invites.expires_at })
    .from(invites).innerJoin(companies, eq(companies.id, invites.company_id))
    .innerJoin(companyMembers, and(eq(companyMembers.company_id, invites.company_id), eq(companyMembers.user_id, invites.invited_by)))
    .where(and(named(key), isNull(invites.used_at), isNull(invites.revoked_at), gt(invites.expires_at, sql`now()`),
      isNull(companies.deleted_at), inArray(companyMembers.role, [...MANAGERS])))
  // A check constraint holds the column to these words.
  return found && { ...found, role: found.role as InvitedRole }
}

/** The same for someone of an address. Throws `invite_ended`, or `invite_for_another` where it is bound to another address. */
export async function requireOpenInvite(tx: Transaction, key: InviteKey, email: string): Promise<OpenInvite> {
  const invite = await findOpenInvite(tx, key)
  if (!invite) throw new Refusal('invite_ended')
  if (invite.email !== null && invite.email.toLowerCase() !== email.trim().toLowerCase()) throw new Refusal('invite_for_another')
  return invite
}

/**
 * Uses an invite up and makes the person a member: of two who accept at once, one does. Who is in the company already
 * stays what they are, and the invite stays open. Out: the company. Throws as `requireOpenInvite`.
 */
export async function takeInvite(tx: Transaction, key: InviteKey, person: Account): Promise<string> {
  const [own] = await tx.select({ company: invites.company_id }).from(invites).where(and(named(key), eq(invites.used_by, person.id)))
  // The same acceptance, sent again because its answer was lost.
  if (own && await roleOf(tx, own.company, person.id)) return own.company
  const { company } = await requireOpenInvite(tx, key, person.email)
  await lockCompany(tx, company)
  // Asked again under the lock: another acceptance, or the end of the inviter's role, may have come first.
  const invite = await requireOpenInvite(tx, key, person.email)
  if (await roleOf(tx, company, person.id)) return company
  const used = await tx.update(invites).set({ used_at: sql`now()`, used_by: person.id }).where(and(eq(invites.id, invite.id), isNull(invites.used_at), isNull(invites.revoked_at))).returning({ id: invites.id })
  // Taken back while this waited: who revokes does not take the company's lock.
  if (used.length === 0) throw new Refusal('invite_ended')
  await addMember(tx, company, person.id, invite.role)
  await recordInCompany(tx, company, person, 'invite.accepted', { invite_id: invite.id, role: invite.role, email: invite.email })
  return company
}
