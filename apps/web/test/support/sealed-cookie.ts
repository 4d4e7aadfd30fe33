import { createHash, randomBytes, randomUUID, webcrypto } from 'node:crypto'
import { defaults, seal } from 'iron-webcrypto'
import type pg from 'pg'

const COOKIE_SECONDS = 400 * 24 * 3600

/** A signed-in browser: its cookie, and whose it is. */
export interface SignedIn { cookie: string, userId: string }

/**
 * Sessions for people, made in the database and sealed as the server seals them (h3's sessions, by iron): thousands of
 * sign-ins would take minutes of hashing, and what is measured here is not the sign-in.
 */
export async function signIn(sql: pg.Pool, userIds: readonly string[], password: string): Promise<SignedIn[]> {
  const made = await Promise.all(userIds.map(async (userId) => {
    const token = randomBytes(32).toString('base64url')
    const session = { id: randomUUID(), createdAt: Date.now(), data: { token } }
    const sealed = await seal(webcrypto, session, password, { ...defaults, ttl: COOKIE_SECONDS * 1000 })
    return { userId, token, cookie: `mvdb-session=${sealed}` }
  }))
  await sql.query(`
    insert into auth.sessions (id, user_id, token_hash, expires_at)
    select gen_random_uuid(), user_id, hash, now() + interval '30 days' from unnest($1::uuid[], $2::text[]) as made (user_id, hash)`,
  [made.map(one => one.userId), made.map(({ token }) => createHash('sha256').update(token).digest('hex'))])
  return made.map(({ cookie, userId }) => ({ cookie, userId }))
}
