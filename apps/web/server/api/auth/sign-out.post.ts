import { clearToken, readToken } from '../../session/cookie'
import { endSession } from '../../session/sessions'

/** Ends the session for good, then forgets the cookie; signing out twice is not an error. */
export default defineEventHandler(async (event) => {
  const token = await readToken(event)
  if (token) await endSession(token)
  await clearToken(event)
  return {}
})
