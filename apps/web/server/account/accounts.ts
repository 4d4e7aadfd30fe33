import { and, eq, isNull, ne, sql, type SQL } from 'drizzle-orm'
import { v7 as uuid } from 'uuid'
import { users } from '../../shared/catalogue/tables'
import { links } from '../db/account'
import { credentials, sessions } from '../db/auth'
import type { Transaction } from '../db/door'

export interface Account {
  id: string
  name: string
  email: string
}

/** Whose address this is, in any spelling of upper and lower case; only through the door of accounts. */
export const isOfAddress = (email: string): SQL => sql`${users.id} = (select auth.account_of(${email}))`

/** The account of an address that may sign in, in any spelling of upper and lower case. */
export async function findAccount(tx: Transaction, email: string): Promise<Account | undefined> {
  const [found] = await tx.select({ id: users.id, name: users.name, email: users.email }).from(users)
    .where(and(isOfAddress(email), users.is_active))
  return found
}

/** Whether an address belongs to any account, also to one that may no longer sign in. */
export async function isTaken(tx: Transaction, email: string): Promise<boolean> {
  return (await tx.select({ id: users.id }).from(users).where(isOfAddress(email))).length > 0
}

/** Makes an account; undefined where the address is taken. Without a hash nobody can sign in until a link sets one. */
export async function makeAccount(tx: Transaction, { email, name, passwordHash }: { email: string, name: string, passwordHash?: string }): Promise<Account | undefined> {
  const [made] = await tx.insert(users).values({ id: uuid(), email, name }).onConflictDoNothing().returning({ id: users.id, name: users.name, email: users.email })
  if (made && passwordHash !== undefined) await tx.insert(credentials).values({ user_id: made.id, password_hash: passwordHash })
  return made
}

/** Sets the password. Links that were made before it open nothing any more. */
export async function setPassword(tx: Transaction, userId: string, passwordHash: string): Promise<void> {
  await tx.insert(credentials).values({ user_id: userId, password_hash: passwordHash })
    .onConflictDoUpdate({ target: credentials.user_id, set: { password_hash: passwordHash } })
  await dropLinks(tx, userId)
}

/** Takes back every link that still waits to be opened. */
export async function dropLinks(tx: Transaction, userId: string): Promise<void> {
  await tx.delete(links).where(and(eq(links.user_id, userId), isNull(links.used_at)))
}

/** Ends the sessions of a person, all or all but one. Out: how many there were. */
export async function endSessions(tx: Transaction, userId: string, except?: string): Promise<number> {
  const ended = await tx.delete(sessions)
    .where(and(eq(sessions.user_id, userId), except === undefined ? sql`true` : ne(sessions.id, except)))
    .returning({ id: sessions.id })
  return ended.length
}
