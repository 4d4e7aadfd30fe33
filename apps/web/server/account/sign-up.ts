import { lt, sql } from 'drizzle-orm'
import { v7 as uuid } from 'uuid'
import type { SignUpAnswer } from '../../shared/account/answers'
import { signUps } from '../db/account'
import { withAccounts } from '../db/door'
import { environment, signUpOpen } from '../environment'
import { Refusal } from '../http/refusal'
import { alreadySignedUpLetter, signUpLetter } from '../mail/letters'
import { hasMail, send } from '../mail/send'
import { newToken, tokenHash } from '../session/token'
import { findAccount, isTaken, makeAccount, type Account } from './accounts'
import { afterwards, onTheBeat } from './afterwards'
import { recordOnAccount } from './audit'
import { requireOpenInvite, takeInvite } from './invite-use'
import { countAddress, countLetter } from './limits'
import { ownLink } from './page-links'

interface SignUp { email: string, name: string, password: string, invite?: string }

const LIFETIME = sql`interval '1 day'`
/** Far above what making an account takes, so that it takes as long where there is one already. */
const BEAT_MS = 250

/**
 * Makes an account, or asks to confirm its address first where mail is sent. The answer and its time are the same
 * whether or not the address has one already. Throws `sign_up_closed`, `invite_ended`, `invite_for_another`.
 */
export async function signUp({ email, name, password, invite }: SignUp, from: string): Promise<SignUpAnswer> {
  await countAddress(from)
  if (!signUpOpen() && invite === undefined) throw new Refusal('sign_up_closed')
  const invited = invite === undefined ? undefined : await withAccounts(tx => requireOpenInvite(tx, { token: invite }, email))
  await countLetter(email)
  const confirm = hasMail()
  await onTheBeat(BEAT_MS, async () => {
    const passwordHash = await hashPassword(password)
    const asked = { email, name, passwordHash, inviteId: invited?.id }
    if (confirm) afterwards('a letter about a sign-up was not sent', () => askToConfirm(asked))
    else await openAccount(asked)
  })
  return { confirm }
}

interface Asked { email: string, name: string, passwordHash: string, inviteId: string | undefined }

/** Makes the account, with its place in the company of the invite. Undefined where the address is taken. */
export async function openAccount({ email, name, passwordHash, inviteId }: Asked): Promise<Account | undefined> {
  return withAccounts(async (tx) => {
    const made = await makeAccount(tx, { email, name, passwordHash })
    if (!made) return undefined
    if (inviteId !== undefined) await takeInvite(tx, { id: inviteId }, made)
    await recordOnAccount(tx, made.id, made, 'account.signed-up', { invited: inviteId !== undefined })
    return made
  })
}

async function askToConfirm({ email, name, passwordHash, inviteId }: Asked): Promise<void> {
  const token = newToken()
  const letter = await withAccounts(async (tx) => {
    const account = await findAccount(tx, email)
    if (account) return { to: account.email, ...alreadySignedUpLetter(new URL('/sign-in', environment().PUBLIC_URL).href) }
    if (await isTaken(tx, email)) return undefined
    await tx.delete(signUps).where(lt(signUps.expires_at, sql`now()`))
    await tx.insert(signUps).values({
      id: uuid(), email, name, password_hash: passwordHash, invite_id: inviteId, token_hash: tokenHash(token), expires_at: sql`now() + ${LIFETIME}`,
    })
    return { to: email, ...signUpLetter(ownLink('confirm-email', token)) }
  })
  if (letter) await send(letter.to, letter)
}
