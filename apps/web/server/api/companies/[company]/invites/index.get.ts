import { companyOf, requireActor } from '../../../../account/actor'
import { listInvites } from '../../../../account/invites'

export default defineEventHandler(async event => ({ invites: await listInvites(await requireActor(event), companyOf(event)) }))
