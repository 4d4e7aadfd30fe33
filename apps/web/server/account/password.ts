import { eq } from 'drizzle-orm'
import { passwordProblem } from '../../shared/account/fields'
import { credentials } from '../db/auth'
import { withAccounts, withTenant } from '../db/door'
import { Refusal } from '../http/refusal'
import { countAttempt, forgiveAttempt } from '../session/attempts'
import { endSessions, setPassword } from './accounts'
import type { Actor } from './actor'
import { recordOnAccount } from './audit'

/** Throws `invalid_input` at `password` where it is too easy to guess for the person of an address. */
export function refuseWeakPassword(password: string, email: string): void {
  const problem = passwordProblem(password, email)
  if (problem) throw new Refusal('invalid_input', { fields: { password: problem } })
}

/**
 * Proves that whoever holds the session also knows the password. Counted together with sign-ins: a stolen session does
 * not get guesses of its own. Throws `invalid_input` at `field`, or `too_many_requests`.
 */
export async function requirePassword(actor: Actor, password: string, field: string): Promise<void> {
  await countAttempt(actor.address, actor.email)
  const [found] = await withTenant({ userId: actor.id }, tx => tx.select({ hash: credentials.password_hash }).from(credentials).where(eq(credentials.user_id, actor.id)))
  if (!found || !await verifyPassword(found.hash, password)) throw new Refusal('invalid_input', { fields: { [field]: 'This is not your password.' } })
  await forgiveAttempt(actor.address, actor.email)
}

/** Changes the password of whoever knows the old one; every other device has to sign in again. */
export async function changePassword(actor: Actor, { current, password }: { current: string, password: string }): Promise<void> {
  refuseWeakPassword(password, actor.email)
  await requirePassword(actor, current, 'current')
  const hash = await hashPassword(password)
  await withAccounts(async (tx) => {
    await setPassword(tx, actor.id, hash)
    await endSessions(tx, actor.id, actor.session)
    await recordOnAccount(tx, actor.id, actor, 'account.password-changed', {})
  })
}
