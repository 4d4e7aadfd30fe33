import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { v7 as uuid } from 'uuid'
import type { InviteFace, InviteLine, InviteState, MadeInvite } from '../../shared/account/answers'
import type { InvitedRole } from '../../shared/account/roles'
import { MANAGERS, type Role } from '../../shared/catalogue/roles'
import { companies, companyMembers, users } from '../../shared/catalogue/tables'
import { invites } from '../db/account'
import { withAccounts, withTenant } from '../db/door'
import { environment } from '../environment'
import { Refusal } from '../http/refusal'
import { inviteLetter } from '../mail/letters'
import { hasMail, send } from '../mail/send'
import { newToken, tokenHash } from '../session/token'
import type { Actor } from './actor'
import { afterwards } from './afterwards'
import { recordInCompany } from './audit'
import { findOpenInvite, takeInvite } from './invite-use'
import { countAccept, countAddress, countInvite, countLetter } from './limits'
import { ownLink } from './page-links'
import { requireRole } from './roles'

const DAY_MS = 24 * 60 * 60 * 1000
/** An old invite tells nobody anything new; the audit keeps them all. */
const LISTED = 500

/**
 * Makes an invite. Its link is in this answer and nowhere else; one with an address is for the account of that address
 * alone. Throws `membership_ended`, `role_changed`, `public_url_missing`, `too_many_requests`.
 */
export async function makeInvite(actor: Actor, company: string, { role, email }: { role: InvitedRole, email?: string }): Promise<MadeInvite> {
  const token = newToken()
  const link = ownLink('invite', token)
  const days = environment().INVITE_DAYS
  const id = uuid()
  const expires = new Date(Date.now() + days * DAY_MS)
  await withTenant({ userId: actor.id }, tx => requireRole(tx, company, actor.id, MANAGERS))
  await countInvite(actor.id)
  const sent = email !== undefined && hasMail()
  if (sent) await countLetter(email)
  const name = await withTenant({ userId: actor.id }, async (tx) => {
    await requireRole(tx, company, actor.id, MANAGERS)
    await tx.insert(invites).values({ id, company_id: company, role, email, token_hash: tokenHash(token), invited_by: actor.id, expires_at: expires })
    await recordInCompany(tx, company, actor, 'invite.made', { invite_id: id, role, email: email ?? null })
    const [found] = await tx.select({ name: companies.name }).from(companies).where(eq(companies.id, company))
    return found?.name ?? ''
  })
  if (sent) afterwards('a letter with an invite was not sent', () => send(email, inviteLetter({ company: name, inviter: actor.name, role, link, days })))
  return { id, link, expires_at: expires.toISOString(), sent }
}

/** The invites of a company, the newest first, without their links. Throws `membership_ended`, `role_changed`. */
export async function listInvites(actor: Actor, company: string): Promise<InviteLine[]> {
  // Who made one may have left: then their name is known to their account alone.
  const rows = await withAccounts(async (tx) => {
    await requireRole(tx, company, actor.id, MANAGERS)
    return tx.select({ invite: invites, inviter: users.name, inviterRole: companyMembers.role, over: sql<boolean>`${invites.expires_at} <= now()` })
      .from(invites).innerJoin(users, eq(users.id, invites.invited_by))
      .leftJoin(companyMembers, and(eq(companyMembers.company_id, invites.company_id), eq(companyMembers.user_id, invites.invited_by)))
      .where(eq(invites.company_id, company)).orderBy(desc(invites.created_at), desc(invites.id)).limit(LISTED)
  })
  return rows.map(({ invite, inviter, inviterRole, over }) => ({
    id: invite.id, role: invite.role as InvitedRole, email: invite.email,
    created_at: invite.created_at.toISOString(), expires_at: invite.expires_at.toISOString(),
    invited_by: { id: invite.invited_by, name: inviter },
    state: stateOf(invite, over, MANAGERS.includes(inviterRole as Role)),
  }))
}

function stateOf({ used_at: used, revoked_at: revoked }: { used_at: Date | null, revoked_at: Date | null }, over: boolean, inviterMay: boolean): InviteState {
  if (used) return 'used'
  if (revoked || !inviterMay) return 'revoked'
  return over ? 'expired' : 'open'
}

/** Takes an invite back; one that was taken back already stays so. Throws `not_found`, or `invite_ended` where it was used. */
export async function revokeInvite(actor: Actor, company: string, id: string): Promise<void> {
  await withTenant({ userId: actor.id }, async (tx) => {
    await requireRole(tx, company, actor.id, MANAGERS)
    const [revoked] = await tx.update(invites).set({ revoked_at: sql`now()` })
      .where(and(eq(invites.id, id), eq(invites.company_id, company), isNull(invites.used_at), isNull(invites.revoked_at)))
      .returning({ role: invites.role, email: invites.email })
    if (revoked) {
      await recordInCompany(tx, company, actor, 'invite.revoked', { invite_id: id, ...revoked })
      return
    }
    const [there] = await tx.select({ used: invites.used_at }).from(invites).where(and(eq(invites.id, id), eq(invites.company_id, company)))
    if (!there) throw new Refusal('not_found')
    if (there.used) throw new Refusal('invite_ended')
  })
}

/** What someone who holds the link may know before they are anybody. Throws `invite_ended`. */
export async function inviteFace(token: string, from: string): Promise<InviteFace> {
  await countAddress(from)
  const invite = await withAccounts(tx => findOpenInvite(tx, { token }))
  if (!invite) throw new Refusal('invite_ended')
  return {
    company: { name: invite.companyName }, role: invite.role, expires_at: invite.expiresAt.toISOString(),
    ...(invite.email === null ? {} : { email: invite.email }),
  }
}

/** Makes the person a member. Out: the company. Throws `invite_ended`, `invite_for_another`. */
export async function acceptInvite(actor: Actor, token: string): Promise<string> {
  await countAddress(actor.address)
  await countAccept(actor.id)
  return withAccounts(tx => takeInvite(tx, { token }, actor))
}
