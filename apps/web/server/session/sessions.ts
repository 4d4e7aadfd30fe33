import DataLoader from 'dataloader'
import { and, eq, lt, sql } from 'drizzle-orm'
import { v7 as uuid } from 'uuid'
import type { Role } from '../../shared/catalogue/roles'
import { sessions } from '../db/auth'
import { askOnce, withAccounts, type Transaction } from '../db/door'
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
  /** What the person is in each of the companies that were asked for, where they are anything in it. */
  roles: ReadonlyMap<string, Role>
}

const LIFETIME = sql`interval '30 days'`
/** How stale `last_seen_at` may be: a write for every request would cost more than it tells. */
const SEEN_AGAIN = '5 minutes'

/**
/**
 * Sessions, persons and roles in one statement: it is asked before each answer of a shape, the three are of one moment,
 * and whoever is to receive the same batch is found by the same question. A function answers it, because it is asked
 * before anybody is known (migration 0008).
 */
const FIND = `
  SELECT token_hash, session, id, name, email, last_seen_at < now() - interval '${SEEN_AGAIN}' AS stale, roles
  FROM auth.find_sessions($1::text[], $2::uuid[])`

interface Found extends Person {
  token_hash: string
  session: string
  stale: boolean
  roles: Record<string, Role> | null
}

/** So many are asked for at once at most: a statement takes about 5 ms then. */
const TOGETHER = 500

interface LookUp {
  readonly hash: string
  readonly companies: readonly string[]
}

/**
 * Joins what is asked in one turn of the event loop. A question is only joined before the statement goes out: what a
 * batch is checked by was asked after the batch was there.
 */
const lookUps = new DataLoader<LookUp, Found | undefined, LookUp>(findAll, {
  cache: false, maxBatchSize: TOGETHER, batchScheduleFn: dispatch => setImmediate(dispatch),
})

async function findAll(asked: readonly LookUp[]): Promise<(Found | undefined)[]> {
  const [hashes, companies] = [asked.map(({ hash }) => hash), asked.flatMap(one => one.companies)].map(list => [...new Set(list)])
  const found = new Map((await askOnce<Found>('sessions', FIND, [hashes, companies])).map(row => [row.token_hash, row]))
  return asked.map(({ hash }) => found.get(hash))
}

/** Starts a session and returns its token, which exists nowhere else. It ends 30 days after it was last used. */
export async function startSession(tx: Transaction, userId: string, userAgent: string): Promise<string> {
  const token = newToken()
  await tx.insert(sessions).values({
    id: uuid(), user_id: userId, token_hash: tokenHash(token), expires_at: sql`now() + ${LIFETIME}`, user_agent: userAgent.slice(0, 300),
  })
  await tx.delete(sessions).where(and(eq(sessions.user_id, userId), lt(sessions.expires_at, sql`now()`)))
  return token
}

/**
 * Whose session a token is, and what they are in these companies; undefined when it has ended or its person may no longer
 * sign in. A company that was deleted is one in which nobody is anything.
 */
export async function findSession(token: string, companies: readonly string[] = []): Promise<Session | undefined> {
  const hash = tokenHash(token)
  const found = await lookUps.load({ hash, companies })
  if (!found) return undefined
  const { session, stale, roles, id, name, email } = found
  if (stale) {
    await withAccounts(tx => tx.update(sessions).set({ last_seen_at: sql`now()`, expires_at: sql`now() + ${LIFETIME}` })
      .where(eq(sessions.token_hash, hash)))
  }
  // Others may have asked about other companies by the same statement.
  const asked = new Set(companies.map(company => company.toLowerCase()))
  return { id: session, person: { id, name, email }, roles: new Map(Object.entries(roles ?? {}).filter(([company]) => asked.has(company))) }
}

/** Ends the session of a token; one that has ended already stays so. */
export async function endSession(token: string): Promise<void> {
  await withAccounts(tx => tx.delete(sessions).where(eq(sessions.token_hash, tokenHash(token))))
}
