import { emailInput } from '../../../shared/account/inputs'
import { requireActor } from '../../account/actor'
import { askEmailChange } from '../../account/email-change'
import { readJson } from '../../http/body'

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  return askEmailChange(actor, await readJson(event, emailInput))
})
