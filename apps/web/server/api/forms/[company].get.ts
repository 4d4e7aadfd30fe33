import type { FormFacts } from '../../../shared/leads/form'
import { Refusal } from '../../http/refusal'
import { formCompany } from '../../leads/company'

/** What the public form of a company says of it: nobody is signed in. */
export default defineEventHandler(async (event): Promise<FormFacts> => {
  const company = await formCompany(decodeURIComponent(getRouterParam(event, 'company') ?? ''))
  if (!company) throw new Refusal('not_found')
  return company
})
