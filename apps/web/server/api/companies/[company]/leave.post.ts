import { nothingInput } from '../../../../shared/account/inputs'
import { companyOf, requireActor } from '../../../account/actor'
import { leaveCompany } from '../../../account/membership'
import { readJson } from '../../../http/body'

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  await readJson(event, nothingInput)
  await leaveCompany(actor, companyOf(event))
  return {}
})
