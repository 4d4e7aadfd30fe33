import { requireActor } from '../../../account/actor'
import { listSessions } from '../../../account/sessions'

export default defineEventHandler(async event => ({ sessions: await listSessions(await requireActor(event)) }))
