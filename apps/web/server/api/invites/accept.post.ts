import { tokenInput } from '../../../shared/account/inputs'
import { requireActor } from '../../account/actor'
import { acceptInvite } from '../../account/invites'
import { readJson } from '../../http/body'

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  const { token } = await readJson(event, tokenInput)
  return { company: { id: await acceptInvite(actor, token) } }
})
