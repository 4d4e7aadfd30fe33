import type { FormFacts } from '../../../shared/leads/form'
import { clientAddress } from '../../http/address'
import { Refusal } from '../../http/refusal'
import { formCompany } from '../../leads/company'
import { countFacts } from '../../leads/limit'

/** What the public form of a company says of it: nobody is signed in. */
export default defineEventHandler(async (event): Promise<FormFacts> => {
  await countFacts(clientAddress(event))
  const company = await formCompany(getRouterParam(event, 'company') ?? '')
  if (!company) throw new Refusal('not_found')
  const { id, name, open, consent, privacy_url } = company
  return { id, name, open, consent, privacy_url }
})
