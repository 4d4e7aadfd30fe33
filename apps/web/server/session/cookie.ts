import type { H3Event } from 'h3'
import { environment } from '../environment'

const NAME = 'mvdb-session'
/** The longest a browser keeps a cookie; the row in the database decides when a session ends. */
const COOKIE_SECONDS = 400 * 24 * 3600

function configuration(password = environment().NUXT_SESSION_PASSWORD) {
  const { PUBLIC_URL } = environment()
  return {
    name: NAME,
    password,
    maxAge: COOKIE_SECONDS,
    cookie: { path: '/', httpOnly: true, sameSite: 'lax' as const, secure: PUBLIC_URL?.startsWith('https:') ?? false },
  }
}

/** Opening a seal takes a millisecond, which is half of what a request of the sync costs here; a browser sends the same one for ever. */
const OPENED_AT_MOST = 10_000
const opened = new Map<string, Opened>()

interface Opened {
  token: string
  /** Sealed with a password that has been replaced. */
  isOld: boolean
}

/**
 * The token in a request's sealed cookie; undefined where there is none or its seal is broken. Reads only: the library's
 * own reader answers a request without a cookie with a new one, and an answer on its way during sign-in would sign out again.
 */
export async function readToken(event: H3Event): Promise<string | undefined> {
  return (await open(event))?.token
}

/**
 * Seals the cookie anew where an old password sealed it, so that one day nobody needs that any more. Only with an answer
 * that comes at once and to somebody who is signed in: one that is on its way for long could meet a sign-in, and take its place.
 */
export async function renewSeal(event: H3Event): Promise<void> {
  const found = await open(event)
  if (found?.isOld) await writeToken(event, found.token)
}

/** What is in a request's cookie, whichever of the passwords sealed it. */
async function open(event: H3Event): Promise<Opened | undefined> {
  const sealed = getCookie(event, NAME)
  if (!sealed) return undefined
  const known = opened.get(sealed)
  if (known !== undefined) return known
  const found = await unseal(event, sealed)
  if (!found) return undefined
  // The oldest goes: what a stranger invents has no seal of ours and never comes in here.
  const [oldest] = opened.keys()
  if (oldest !== undefined && opened.size >= OPENED_AT_MOST) opened.delete(oldest)
  opened.set(sealed, found)
  return found
}

async function unseal(event: H3Event, sealed: string): Promise<Opened | undefined> {
  const { NUXT_SESSION_PASSWORD, NUXT_SESSION_PASSWORD_OLD } = environment()
  for (const [n, password] of [NUXT_SESSION_PASSWORD, ...NUXT_SESSION_PASSWORD_OLD].entries()) {
    const session = await unsealSession(event, configuration(password), sealed).catch(() => undefined)
    const token: unknown = session?.data?.token
    if (typeof token === 'string') return { token, isOld: n > 0 }
  }
  return undefined
}

export async function writeToken(event: H3Event, token: string): Promise<void> {
  await replaceUserSession(event, { token }, configuration())
}

export async function clearToken(event: H3Event): Promise<void> {
  await clearSession(event, configuration())
}
