import { Refusal } from '../http/refusal'

// Without this an unknown address under /api would answer with the app's page and status 200.
export default defineEventHandler(() => {
  throw new Refusal('not_found')
})
