import type { H3Event } from 'h3'
import { environment } from '../environment'

const NAME = 'mvdb-session'
/** The longest a browser keeps a cookie; the row in the database decides when a session ends. */
const COOKIE_SECONDS = 400 * 24 * 3600

function configuration() {
  const { NUXT_SESSION_PASSWORD, PUBLIC_URL } = environment()
  return {
    name: NAME,
    password: NUXT_SESSION_PASSWORD,
    maxAge: COOKIE_SECONDS,
    cookie: { path: '/', httpOnly: true, sameSite: 'lax' as const, secure: PUBLIC_URL?.startsWith('https:') ?? false },
  }
}

/** Opening a seal takes a millisecond, which is half of what a request of the sync costs here; a browser sends the same one for ever. */
const OPENED_AT_MOST = 10_000
const opened = new Map<string, string>()

/**
 * The token in a request's sealed cookie; undefined where there is none or its seal is broken. Reads only: the library's
 * own reader answers a request without a cookie with a new one, and an answer on its way during sign-in would sign out again.
 */
export async function readToken(event: H3Event): Promise<string | undefined> {
  const sealed = getCookie(event, NAME)
  if (!sealed) return undefined
  const known = opened.get(sealed)
  if (known !== undefined) return known
  const session = await unsealSession(event, configuration(), sealed).catch(() => undefined)
  const token: unknown = session?.data?.token
  if (typeof token !== 'string') return undefined
  // The oldest goes: what a stranger invents has no seal of ours and never comes in here.
  const [oldest] = opened.keys()
  if (oldest !== undefined && opened.size >= OPENED_AT_MOST) opened.delete(oldest)
  opened.set(sealed, token)
  return token
}

export async function writeToken(event: H3Event, token: string): Promise<void> {
  await replaceUserSession(event, { token }, configuration())
}

export async function clearToken(event: H3Event): Promise<void> {
  await clearSession(event, configuration())
}
