import { tokenInput } from '../../../shared/account/inputs'
import { inviteFace } from '../../account/invites'
import { clientAddress } from '../../http/address'
import { Refusal } from '../../http/refusal'

export default defineEventHandler(async (event) => {
  const { data } = tokenInput.safeParse({ token: getQuery(event).token })
  if (!data) throw new Refusal('invite_ended')
  return inviteFace(data.token, clientAddress(event))
})
