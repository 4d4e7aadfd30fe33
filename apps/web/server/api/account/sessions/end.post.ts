import { endSessionsInput } from '../../../../shared/account/inputs'
import { requireActor } from '../../../account/actor'
import { endOwnSessions } from '../../../account/sessions'
import { readJson } from '../../../http/body'

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  await endOwnSessions(actor, await readJson(event, endSessionsInput))
  return {}
})
