import { leadsRequest, type LeadsAnswer } from '../../../shared/protocol/leads'
import { clientAddress } from '../../http/address'
import { readJson } from '../../http/body'
import { countLeads } from '../../leads/limit'
import { receiveLeads } from '../../leads/receive'

/** The public form's leads: nobody is signed in. */
export default defineEventHandler(async (event): Promise<LeadsAnswer> => {
  const { company, leads } = await readJson(event, leadsRequest)
  await countLeads(clientAddress(event), company)
  return { results: await receiveLeads(company, leads) }
})
