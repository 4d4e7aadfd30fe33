import * as z from 'zod/mini'
import { companyOf, requireActor } from '../../../account/actor'
import { readAudit } from '../../../account/audit'
import { requireRole } from '../../../account/roles'
import { withTenant } from '../../../db/door'
import { Refusal } from '../../../http/refusal'

const query = z.object({
  before: z.optional(z.coerce.number().check(z.int(), z.positive())),
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(200)), 50),
})

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  const company = companyOf(event)
  const { data } = query.safeParse(getQuery(event))
  if (!data) throw new Refusal('invalid_input', { fields: { limit: 'before is the id of an event, limit a number from 1 to 200.' } })
  return withTenant({ userId: actor.id }, async (tx) => {
    await requireRole(tx, company, actor.id, ['owner'])
    return readAudit(tx, company, data)
  })
})
