import { and, eq, gt, lt, sql } from 'drizzle-orm'
import { v7 as uuid } from 'uuid'
import { users } from '../../shared/catalogue/tables'
import { sessions } from '../db/auth'
import { withNobody, type Transaction } from '../db/door'
import { newToken, tokenHash } from './token'

export interface Person {
  id: string
  name: string
  email: string
}

/** A running session; its id is no secret, but the server's own matter. */
export interface Session {
  id: string
  person: Person
}

const LIFETIME = sql`interval '30 days'`
/** How stale `last_seen_at` may be: a write for every request would cost more than it tells. */
const SEEN_AGAIN = sql`interval '5 minutes'`

/** Starts a session and returns its token, which exists nowhere else. It ends 30 days after it was last used. */
export async function startSession(tx: Transaction, userId: string, userAgent: string): Promise<string> {
  const token = newToken()
  await tx.insert(sessions).values({
    id: uuid(), user_id: userId, token_hash: tokenHash(token), expires_at: sql`now() + ${LIFETIME}`, user_agent: userAgent.slice(0, 300),
  })
  await tx.delete(sessions).where(and(eq(sessions.user_id, userId), lt(sessions.expires_at, sql`now()`)))
  return token
}

/** Whose session a token is; undefined when it has ended or its person may no longer sign in. */
export async function findSession(token: string): Promise<Session | undefined> {
  return withNobody(async (tx) => {
    const [found] = await tx
      .select({ sessionId: sessions.id, id: users.id, name: users.name, email: users.email, stale: sql<boolean>`${sessions.last_seen_at} < now() - ${SEEN_AGAIN}` })
      .from(sessions).innerJoin(users, eq(users.id, sessions.user_id))
      .where(and(eq(sessions.token_hash, tokenHash(token)), gt(sessions.expires_at, sql`now()`), eq(users.is_active, true)))
    if (!found) return undefined
    const { stale, sessionId, ...person } = found
    if (stale) {
      await tx.update(sessions).set({ last_seen_at: sql`now()`, expires_at: sql`now() + ${LIFETIME}` })
        .where(eq(sessions.token_hash, tokenHash(token)))
    }
    return { id: sessionId, person }
  })
}

/** Ends the session of a token; one that has ended already stays so. */
export async function endSession(token: string): Promise<void> {
  await withNobody(tx => tx.delete(sessions).where(eq(sessions.token_hash, tokenHash(token))))
}
