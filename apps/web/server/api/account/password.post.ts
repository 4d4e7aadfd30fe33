import { passwordInput } from '../../../shared/account/inputs'
import { requireActor } from '../../account/actor'
import { changePassword } from '../../account/password'
import { readJson } from '../../http/body'

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  await changePassword(actor, await readJson(event, passwordInput))
  return {}
})
