import { tokenInput } from '../../../shared/account/inputs'
import { confirmEmail } from '../../account/confirm'
import { countAddress } from '../../account/limits'
import { clientAddress } from '../../http/address'
import { readJson } from '../../http/body'
import { findOwnSession } from '../../session/viewer'

export default defineEventHandler(async (event) => {
  const { token } = await readJson(event, tokenInput)
  await countAddress(clientAddress(event))
  await confirmEmail(token, await findOwnSession(event))
  return {}
})
