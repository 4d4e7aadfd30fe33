import { leadsRequest, type LeadsAnswer } from '../../../shared/protocol/leads'
import { clientAddress } from '../../http/address'
import { readJson } from '../../http/body'
import { countFrom, inTurn } from '../../leads/limit'
import { receiveLeads } from '../../leads/receive'

/** The public form's leads: nobody is signed in. */
export default defineEventHandler(async (event): Promise<LeadsAnswer> => {
  const address = clientAddress(event)
  const { company, leads } = await readJson(event, leadsRequest)
  await countFrom(address, leads.length)
  return { results: await inTurn(address, () => receiveLeads(company, leads)) }
})
