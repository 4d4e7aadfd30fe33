import { companyInput } from '../../../shared/account/inputs'
import { requireActor } from '../../account/actor'
import { createCompany } from '../../account/companies'
import { readJson } from '../../http/body'

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  return { company: await createCompany(actor, await readJson(event, companyInput)) }
})
