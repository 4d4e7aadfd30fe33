import { renewSeal } from '../../session/cookie'
import { requirePerson } from '../../session/viewer'

/** Who is signed in. Every page asks it, so its answer brings a cookie of the newest seal too. */
export default defineEventHandler(async (event) => {
  const user = await requirePerson(event)
  await renewSeal(event)
  return { user }
})
