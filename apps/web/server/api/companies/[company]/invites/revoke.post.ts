import { inviteIdInput } from '../../../../../shared/account/inputs'
import { companyOf, requireActor } from '../../../../account/actor'
import { revokeInvite } from '../../../../account/invites'
import { readJson } from '../../../../http/body'

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  const { id } = await readJson(event, inviteIdInput)
  await revokeInvite(actor, companyOf(event), id)
  return {}
})
