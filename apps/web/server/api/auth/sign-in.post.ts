import { and, eq, sql } from 'drizzle-orm'
import * as z from 'zod/mini'
import { users } from '../../../shared/catalogue/tables'
import { isOfAddress } from '../../account/accounts'
import { credentials } from '../../db/auth'
import { withAccounts } from '../../db/door'
import { clientAddress } from '../../http/address'
import { readJson } from '../../http/body'
import { Refusal } from '../../http/refusal'
import { countAttempt, forgiveAttempt } from '../../session/attempts'
import { readToken, writeToken } from '../../session/cookie'
import { endSession, startSession } from '../../session/sessions'

const input = z.strictObject({
  email: z.string().check(z.trim(), z.minLength(1, 'Enter your e-mail address.'), z.regex(/^\P{Cc}*$/u, 'There is a character in it that no e-mail address has.'), z.maxLength(320, 'This is too long for an e-mail address.')),
  // A longer one would only keep the hash function busy.
  password: z.string().check(z.minLength(1, 'Enter your password.'), z.maxLength(1000, 'This is too long for a password.')),
})

// An unknown address is checked against this, so that it takes as long as a known one with a wrong password.
let nobodysHash: Promise<string> | undefined

export default defineEventHandler(async (event) => {
  const { email, password } = await readJson(event, input)
  const address = clientAddress(event)
  await countAttempt(address, email)

  const [found] = await withAccounts(tx => tx
    .select({ id: users.id, name: users.name, email: users.email, hash: credentials.password_hash })
    .from(users).innerJoin(credentials, eq(credentials.user_id, users.id))
    .where(and(isOfAddress(email), users.is_active)))
  nobodysHash ??= hashPassword('nobody has this password')
  const matches = await verifyPassword(found?.hash ?? await nobodysHash, password)
  if (!found || !matches) throw new Refusal('wrong_password')

  const token = await withAccounts(async (tx) => {
    await tx.update(users).set({ last_login_at: sql`now()` }).where(eq(users.id, found.id))
    return startSession(tx, found.id, getRequestHeader(event, 'user-agent') ?? '')
  })
  await forgiveAttempt(address, email)
  // Its cookie is replaced: nobody could end it any more.
  const replaced = await readToken(event)
  if (replaced) await endSession(replaced)
  await writeToken(event, token)
  return { user: { id: found.id, name: found.name, email: found.email } }
})
