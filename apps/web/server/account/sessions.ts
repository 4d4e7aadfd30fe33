import { and, desc, eq, gt, sql } from 'drizzle-orm'
import type { SessionLine } from '../../shared/account/answers'
import { sessions } from '../db/auth'
import { withAccounts, withTenant } from '../db/door'
import { Refusal } from '../http/refusal'
import { endSessions } from './accounts'
import type { Actor } from './actor'
import { recordOnAccount } from './audit'

/** The running sessions of a person, the last used first. */
export async function listSessions(actor: Actor): Promise<SessionLine[]> {
  const rows = await withTenant({ userId: actor.id }, tx => tx.select().from(sessions)
    .where(and(eq(sessions.user_id, actor.id), gt(sessions.expires_at, sql`now()`)))
    .orderBy(desc(sessions.last_seen_at), desc(sessions.id)))
  return rows.map(row => ({
    id: row.id, created_at: row.created_at.toISOString(), last_seen_at: row.last_seen_at.toISOString(),
    user_agent: row.user_agent, current: row.id === actor.session,
  }))
}

/** Ends one session of the person, or all but the one that asks. Throws `not_found` for one that is not theirs or has ended. */
export async function endOwnSessions(actor: Actor, which: { id: string } | { others: true }): Promise<void> {
  await withAccounts(async (tx) => {
    const count = 'others' in which
      ? await endSessions(tx, actor.id, actor.session)
      : (await tx.delete(sessions).where(and(eq(sessions.user_id, actor.id), eq(sessions.id, which.id))).returning({ id: sessions.id })).length
    if (count === 0 && 'id' in which) throw new Refusal('not_found')
    if (count > 0) await recordOnAccount(tx, actor.id, actor, 'account.sessions-ended', { count })
  })
}
