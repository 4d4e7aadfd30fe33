import type { EmailAnswer } from '../../shared/account/answers'
import { withAccounts } from '../db/door'
import { Refusal } from '../http/refusal'
import { emailLetter } from '../mail/letters'
import { hasMail, send } from '../mail/send'
import { isTaken } from './accounts'
import type { Actor } from './actor'
import { afterwards } from './afterwards'
import { recordOnAccount } from './audit'
import { countLetter } from './limits'
import { keepEmailWish, makeEmailLink } from './links'
import { ownLink } from './page-links'
import { requirePassword } from './password'

/**
 * Asks for a new address; nothing changes until its link is opened. Where mail is sent the link goes to the new address,
 * elsewhere the operator makes it. The answer is the same whether or not the address belongs to somebody.
 * Throws `invalid_input`, `too_many_requests`.
 */
export async function askEmailChange(actor: Actor, { email, password }: { email: string, password: string }): Promise<EmailAnswer> {
  if (email === actor.email) throw new Refusal('invalid_input', { fields: { email: 'This is your address already.' } })
  await requirePassword(actor, password, 'password')
  await countLetter(email)
  const sent = hasMail()
  await withAccounts(async (tx) => {
    await recordOnAccount(tx, actor.id, actor, 'account.email-change-asked', {})
    if (!sent) await keepEmailWish(tx, actor.id, email)
  })
  if (sent) afterwards('a letter about a new address was not sent', () => sendLink(actor, email))
  return { sent }
}

async function sendLink(actor: Actor, email: string): Promise<void> {
  const token = await withAccounts(async (tx) => {
    const own = email.toLowerCase() === actor.email.toLowerCase()
    return !own && await isTaken(tx, email) ? undefined : makeEmailLink(tx, actor.id, email)
  })
  if (token !== undefined) await send(email, emailLetter(ownLink('confirm-email', token)))
}
