import { transferInput } from '../../../../shared/account/inputs'
import { companyOf, requireActor } from '../../../account/actor'
import { transferCompany } from '../../../account/membership'
import { readJson } from '../../../http/body'

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  await transferCompany(actor, companyOf(event), await readJson(event, transferInput))
  return {}
})
