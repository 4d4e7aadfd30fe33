import * as z from 'zod/mini'
import { WRITABLE_BY } from '../../../../shared/generated/roles.gen'
import { companyOf, requireActor } from '../../../account/actor'
import { requireRole } from '../../../account/roles'
import { withTenant } from '../../../db/door'
import { readDeletions } from '../../../history/deletions'
import { Refusal } from '../../../http/refusal'

const MARK = /^(\d{1,16})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

const query = z.object({
  before: z.optional(z.string().check(z.regex(MARK))),
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(200)), 50),
})

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  const company = companyOf(event)
  const { data } = query.safeParse(getQuery(event))
  if (!data) throw new Refusal('invalid_input', { fields: { limit: 'before is the next of the page before, limit a number from 1 to 200.' } })
  const [, micros, deletion] = MARK.exec(data.before ?? '') ?? []
  const after = micros === undefined || deletion === undefined ? undefined : { micros, deletion }
  return withTenant({ userId: actor.id }, async (tx) => {
    await requireRole(tx, company, actor.id, WRITABLE_BY.folders)
    return readDeletions(tx, company, { after, limit: data.limit })
  })
})
