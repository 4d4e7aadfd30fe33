import { and, eq, gt, sql } from 'drizzle-orm'
import { users } from '../../shared/catalogue/tables'
import { signUps } from '../db/account'
import { withAccounts, type Transaction } from '../db/door'
import { signUpOpen } from '../environment'
import { Refusal } from '../http/refusal'
import { emailChangedLetter } from '../mail/letters'
import { hasMail, send } from '../mail/send'
import type { Session } from '../session/sessions'
import { tokenHash } from '../session/token'
import { dropLinks, endSessions, isTaken, makeAccount } from './accounts'
import { afterwards } from './afterwards'
import { recordOnAccount } from './audit'
import { findOpenInvite, takeInvite } from './invite-use'
import { useLink } from './links'

/**
 * Opens the link of a letter that was sent to a new address: the address of an account changes, or an account is made.
 * `session`: that of the browser that opens it; where it is the person's own it goes on, all others end.
 * Throws `link_ended`, `invite_ended`.
 */
export async function confirmEmail(token: string, session: Session | undefined): Promise<void> {
  const changed = await withAccounts(async (tx) => {
    const link = await useLink(tx, 'email', token)
    if (link?.newEmail) return changeEmail(tx, link.userId, link.newEmail, session)
    await finishSignUp(tx, token)
    return undefined
  })
  if (changed && hasMail()) afterwards('a letter about a changed address was not sent', () => send(changed.from, emailChangedLetter(changed.to)))
}

async function changeEmail(tx: Transaction, userId: string, to: string, session: Session | undefined): Promise<{ from: string, to: string }> {
  const [person] = await tx.select({ id: users.id, name: users.name, email: users.email }).from(users).where(and(eq(users.id, userId), users.is_active)).for('update')
  if (!person) throw new Refusal('link_ended')
  const [own] = await tx.select({ same: sql<boolean>`lower(${person.email}) = lower(${to})` }).from(users).where(eq(users.id, userId))
  if (!own?.same && await isTaken(tx, to)) throw new Refusal('link_ended')
  await tx.update(users).set({ email: to }).where(eq(users.id, userId))
  await dropLinks(tx, userId)
  await endSessions(tx, userId, session?.person.id === userId ? session.id : undefined)
  await recordOnAccount(tx, userId, person, 'account.email-changed', { from: person.email, to })
  return { from: person.email, to }
}

async function finishSignUp(tx: Transaction, token: string): Promise<void> {
  const [asked] = await tx.delete(signUps).where(and(eq(signUps.token_hash, tokenHash(token)), gt(signUps.expires_at, sql`now()`))).returning()
  if (!asked) throw new Refusal('link_ended')
  const made = await makeAccount(tx, { email: asked.email, name: asked.name, passwordHash: asked.password_hash })
  if (!made) throw new Refusal('link_ended')
  const invite = asked.invite_id ? await findOpenInvite(tx, { id: asked.invite_id }) : undefined
  // The invite was the only way in, and somebody else has used it meanwhile.
  if (asked.invite_id && !invite && !signUpOpen()) throw new Refusal('invite_ended')
  if (invite) await takeInvite(tx, { id: invite.id }, made)
  await recordOnAccount(tx, made.id, made, 'account.signed-up', { invited: invite !== undefined })
}
