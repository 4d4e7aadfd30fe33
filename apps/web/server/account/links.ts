import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { v7 as uuid } from 'uuid'
import { links } from '../db/account'
import type { Transaction } from '../db/door'
import { Refusal } from '../http/refusal'
import { newToken, tokenHash } from '../session/token'

/** Long enough to find the letter, short enough that an old mailbox opens nothing. */
const LIFETIME = sql`interval '1 hour'`
/** How long a wish for a new address waits for the operator, where no mail is sent. */
const WAITING = sql`interval '7 days'`

/** Makes a link that sets a new password. Out: its token. */
export async function makeResetLink(tx: Transaction, userId: string): Promise<string> {
  const token = newToken()
  await tx.insert(links).values({ id: uuid(), purpose: 'reset', user_id: userId, token_hash: tokenHash(token), expires_at: sql`now() + ${LIFETIME}` })
  return token
}

/** Makes a link that gives an account a new address; one that was asked for before opens nothing any more. Out: its token. */
export async function makeEmailLink(tx: Transaction, userId: string, newEmail: string): Promise<string> {
  await dropWishes(tx, userId)
  const token = newToken()
  await tx.insert(links).values({ id: uuid(), purpose: 'email', user_id: userId, new_email: newEmail, token_hash: tokenHash(token), expires_at: sql`now() + ${LIFETIME}` })
  return token
}

/** Keeps the wish for a new address, without a link: the operator's command makes it. */
export async function keepEmailWish(tx: Transaction, userId: string, newEmail: string): Promise<void> {
  await dropWishes(tx, userId)
  await tx.insert(links).values({ id: uuid(), purpose: 'email', user_id: userId, new_email: newEmail, expires_at: sql`now() + ${WAITING}` })
}

/** The new address that a person asked for and no link was made for yet; undefined where there is none. */
export async function findEmailWish(tx: Transaction, userId: string): Promise<string | undefined> {
  const [found] = await tx.select({ email: links.new_email }).from(links)
    .where(and(eq(links.user_id, userId), eq(links.purpose, 'email'), isNull(links.token_hash), gt(links.expires_at, sql`now()`)))
  return found?.email ?? undefined
}

/**
 * Uses a link up: of two who open it at once, one gets it. Out: whose it is, and the new address where it is about one.
 * Undefined where the token opens none (any more).
 */
export async function useLink(tx: Transaction, purpose: 'reset' | 'email', token: string): Promise<{ userId: string, newEmail: string | null } | undefined> {
  const [used] = await tx.update(links).set({ used_at: sql`now()` })
    .where(and(eq(links.token_hash, tokenHash(token)), eq(links.purpose, purpose), isNull(links.used_at), gt(links.expires_at, sql`now()`)))
    .returning({ userId: links.user_id, newEmail: links.new_email })
  return used
}

/** The same, where nothing else could have this token. Throws `link_ended`. */
export async function requireLink(tx: Transaction, purpose: 'reset' | 'email', token: string): Promise<{ userId: string, newEmail: string | null }> {
  const used = await useLink(tx, purpose, token)
  if (!used) throw new Refusal('link_ended')
  return used
}

async function dropWishes(tx: Transaction, userId: string): Promise<void> {
  await tx.delete(links).where(and(eq(links.user_id, userId), eq(links.purpose, 'email'), isNull(links.used_at)))
}
