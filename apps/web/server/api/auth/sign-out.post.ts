import { DATABASE_USER_HEADER } from '../../../shared/protocol/sync'
import { Refusal } from '../../http/refusal'
import { findOwnSession } from '../../session/viewer'
import { clearToken, readToken } from '../../session/cookie'
import { endSession } from '../../session/sessions'

/**
 * Ends the session for good, then forgets the cookie; signing out twice is not an error. Who is named in
 * `x-database-user` is who wants to leave: where somebody else has signed in meanwhile, theirs is not ended (`wrong_user`).
 */
export default defineEventHandler(async (event) => {
  const named = getRequestHeader(event, DATABASE_USER_HEADER)
  const session = named ? await findOwnSession(event) : undefined
  if (session && session.person.id !== named?.toLowerCase()) throw new Refusal('wrong_user')
  const token = await readToken(event)
  if (token) await endSession(token)
  await clearToken(event)
  return {}
})
