import { personInput } from '../../../../shared/account/inputs'
import { companyOf, requireActor } from '../../../account/actor'
import { removeMember } from '../../../account/membership'
import { readJson } from '../../../http/body'

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  const { user_id: userId } = await readJson(event, personInput)
  await removeMember(actor, companyOf(event), userId)
  return {}
})
