import { resetInput } from '../../../shared/account/inputs'
import { resetPassword } from '../../account/reset'
import { clientAddress } from '../../http/address'
import { readJson } from '../../http/body'

export default defineEventHandler(async (event) => {
  await resetPassword(await readJson(event, resetInput), clientAddress(event))
  return {}
})
