import type { H3Event } from 'h3'
import { DATABASE_USER_HEADER } from '../../shared/protocol/sync'
import { clientAddress } from '../http/address'
import { Refusal } from '../http/refusal'
import { requireSession } from '../session/viewer'

/** Who does something, and from where. */
export interface Actor {
  id: string
  name: string
  email: string
  /** The session that asks. */
  session: string
  /** Address of the network, for the limits. */
  address: string
}

/**
 * Who is signed in. A page that still shows another person says whose it is, and is refused: nothing is done in the name
 * of whoever signed in last. Throws `sign_in` or `wrong_user`.
 */
export async function requireActor(event: H3Event): Promise<Actor> {
  const { id: session, person } = await requireSession(event)
  const named = getRequestHeader(event, DATABASE_USER_HEADER)
  if (named !== undefined && named.toLowerCase() !== person.id) throw new Refusal('wrong_user')
  return { ...person, session, address: clientAddress(event) }
}

/** The company that a route's address names. Throws `not_found` where it is no key. */
export function companyOf(event: H3Event): string {
  const id = getRouterParam(event, 'company')?.toLowerCase() ?? ''
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw new Refusal('not_found')
  return id
}
