import { Refusal } from '../http/refusal'

export default defineEventHandler(() => {
  throw new Refusal('not_found')
})
