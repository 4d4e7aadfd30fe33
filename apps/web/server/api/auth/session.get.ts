import { requirePerson } from '../../session/viewer'

export default defineEventHandler(async event => ({ user: await requirePerson(event) }))
