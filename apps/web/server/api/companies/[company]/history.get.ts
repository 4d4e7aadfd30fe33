import * as z from 'zod/mini'
import { WRITABLE_BY } from '../../../../shared/generated/roles.gen'
import { companyOf, requireActor } from '../../../account/actor'
import { requireRole } from '../../../account/roles'
import { withTenant } from '../../../db/door'
import { readHistory, type Subject } from '../../../history/changes'
import { Refusal } from '../../../http/refusal'

const page = {
  before: z.optional(z.coerce.number().check(z.int(), z.positive())),
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(200)), 50),
}
const query = z.union([z.strictObject({ folder: z.uuid(), ...page }), z.strictObject({ workspace: z.uuid(), ...page }), z.strictObject({ lead: z.uuid(), ...page })])

function subjectOf(asked: z.infer<typeof query>): Subject {
  if ('folder' in asked) return { entity: 'folders', id: asked.folder }
  return 'workspace' in asked ? { entity: 'workspaces', id: asked.workspace } : { entity: 'leads', id: asked.lead }
}

export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  const company = companyOf(event)
  const { data } = query.safeParse(getQuery(event))
  if (!data) throw new Refusal('invalid_input', { fields: { folder: 'Name a folder, a workspace or a lead by its id. before is the id of a change, limit a number from 1 to 200.' } })
  const subject = subjectOf(data)
  return withTenant({ userId: actor.id }, async (tx) => {
    await requireRole(tx, company, actor.id, WRITABLE_BY[subject.entity])
    return readHistory(tx, company, subject, data)
  })
})
