import type { H3Event } from 'h3'
import { LEASE_HEADER } from '../../shared/lease/lease'
import { DATABASE_USER_HEADER } from '../../shared/protocol/sync'
import { environment } from '../environment'
import { Refusal } from '../http/refusal'
import { readToken } from './cookie'
import { findSession, type Person, type Session } from './sessions'

/** Who is signed in, by the cookie and the row behind it. Throws `sign_in`. */
export async function requirePerson(event: H3Event): Promise<Person> {
  return (await requireSession(event)).person
}

/**
 * Who is signed in, where a browser's database asks: it names the user it belongs to, and never gets another's rows.
 * Throws `sign_in`, `wrong_user`, or `invalid_input` where the name is missing.
 */
export async function requireDatabaseUser(event: H3Event): Promise<Person> {
  return (await requireDatabaseSession(event)).person
}

/** The same, with the session that asks and the roles in these companies, all of one moment. */
export async function requireDatabaseSession(event: H3Event, companies: readonly string[] = []): Promise<Session> {
  const session = await requireSession(event, companies)
  const named = getRequestHeader(event, DATABASE_USER_HEADER)
  if (!named) throw new Refusal('invalid_input', { fields: { [DATABASE_USER_HEADER]: 'Name the user whose database asks.' } })
  if (named.toLowerCase() !== session.person.id) throw new Refusal('wrong_user')
  // A stream is looked at again while it runs: its headers are out by then.
  if (!event.node.res.headersSent) setResponseHeader(event, LEASE_HEADER, environment().LEASE_DAYS)
  return session
}

/** Who is signed in, with the session that asks. Throws `sign_in`. */
export async function requireSession(event: H3Event, companies: readonly string[] = []): Promise<Session> {
  const session = await findOwnSession(event, companies)
  if (!session) throw new Refusal('sign_in')
  return session
}

/** The session of a browser that need not be signed in. */
export async function findOwnSession(event: H3Event, companies: readonly string[] = []): Promise<Session | undefined> {
  const token = await readToken(event)
  return token ? findSession(token, companies) : undefined
}
