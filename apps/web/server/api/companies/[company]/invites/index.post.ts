import { inviteInput } from '../../../../../shared/account/inputs'
import { companyOf, requireActor } from '../../../../account/actor'
import { makeInvite } from '../../../../account/invites'
import { readJson } from '../../../../http/body'

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  return makeInvite(actor, companyOf(event), await readJson(event, inviteInput))
})
