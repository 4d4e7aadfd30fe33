import { resetRequestInput } from '../../../shared/account/inputs'
import { requestReset } from '../../account/reset'
import { clientAddress } from '../../http/address'
import { readJson } from '../../http/body'

export default defineEventHandler(async (event) => {
  const { email } = await readJson(event, resetRequestInput)
  await requestReset(email, clientAddress(event))
  return {}
})
