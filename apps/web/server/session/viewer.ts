import type { H3Event } from 'h3'
import { DATABASE_USER_HEADER } from '../../shared/protocol/sync'
import { Refusal } from '../http/refusal'
import { readToken } from './cookie'
import { findSession, type Person } from './sessions'

/** Who is signed in, by the cookie and the row behind it. Throws `sign_in`. */
export async function requirePerson(event: H3Event): Promise<Person> {
  const token = await readToken(event)
  const person = token ? await findSession(token) : undefined
  if (!person) throw new Refusal('sign_in')
  return person
}

/**
 * Who is signed in, where a browser's database asks: it names the user it belongs to, and never gets another's rows.
 * Throws `sign_in`, `wrong_user`, or `invalid_input` where the name is missing.
 */
export async function requireDatabaseUser(event: H3Event): Promise<Person> {
  const person = await requirePerson(event)
  const named = getRequestHeader(event, DATABASE_USER_HEADER)
  if (!named) throw new Refusal('invalid_input', { fields: { [DATABASE_USER_HEADER]: 'Name the user whose database asks.' } })
  if (named.toLowerCase() !== person.id) throw new Refusal('wrong_user')
  return person
}
