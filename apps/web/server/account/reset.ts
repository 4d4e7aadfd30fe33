import { and, eq } from 'drizzle-orm'
import { users } from '../../shared/catalogue/tables'
import { withAccounts } from '../db/door'
import { Refusal } from '../http/refusal'
import { resetLetter } from '../mail/letters'
import { hasMail, send } from '../mail/send'
import { forgiveEmail } from '../session/attempts'
import { endSessions, findAccount, setPassword } from './accounts'
import { afterwards } from './afterwards'
import { recordOnAccount, SOMEONE } from './audit'
import { countAddress, countLetter } from './limits'
import { makeResetLink, requireLink } from './links'
import { ownLink } from './page-links'
import { refuseWeakPassword } from './password'

/**
 * Sends a link for a new password to the address, if there is an account and mail is set up; whoever asks is told
 * neither. Nothing but counting happens before the answer. Throws `too_many_requests`, for any address alike.
 */
export async function requestReset(email: string, from: string): Promise<void> {
  await countAddress(from)
  await countLetter(email)
  if (!hasMail()) return
  afterwards('a letter with a reset link was not sent', async () => {
    const found = await withAccounts(async (tx) => {
      const account = await findAccount(tx, email)
      if (!account) return undefined
      await recordOnAccount(tx, account.id, SOMEONE, 'account.reset-link-made', { user_id: account.id, name: account.name })
      return { account, token: await makeResetLink(tx, account.id) }
    })
    // To the address as the account has it, not as it was typed.
    if (found) await send(found.account.email, resetLetter(ownLink('reset', found.token)))
  })
}

/** Sets the password of whoever has the link, and ends every session of that person. Throws `link_ended`, `invalid_input`. */
export async function resetPassword({ token, password }: { token: string, password: string }, from: string): Promise<void> {
  await countAddress(from)
  const hash = await hashPassword(password)
  const email = await withAccounts(async (tx) => {
    const { userId } = await requireLink(tx, 'reset', token)
    const [person] = await tx.select({ id: users.id, name: users.name, email: users.email }).from(users).where(and(eq(users.id, userId), users.is_active))
    if (!person) throw new Refusal('link_ended')
    // Thrown here it undoes the use of the link: another password can be tried with it.
    refuseWeakPassword(password, person.email)
    await setPassword(tx, userId, hash)
    await endSessions(tx, userId)
    await recordOnAccount(tx, userId, person, 'account.password-reset', {})
    return person.email
  })
  // Whoever was kept out by guesses, their own or others', comes in with the new one.
  await forgiveEmail(email)
}
