import { sendCompressed } from '../../http/compress'
import { Refusal } from '../../http/refusal'
import { queryOf } from '../../http/query'
import { countRead } from '../../reads/limit'
import { readAsked, shapesOf } from '../../reads/request'
import { runRead } from '../../reads/run'
import { inTurn } from '../../reads/turns'
import { requireDatabaseSession } from '../../session/viewer'
import { authorise, companiesOf } from '../../shapes/authorise'

/** The rows of a named read, for a browser whose copy is not complete yet. */
export default defineEventHandler(async (event) => {
  const { id: session, person } = await requireDatabaseSession(event)
  await countRead(session)
  const asked = readAsked(getRouterParam(event, 'name') ?? '', queryOf(event))
  const shapes = shapesOf(asked)
  const answer = await inTurn(session, async () => {
    // Session and role together, now: who waited long for their turn may have been signed out meanwhile.
    const { roles } = await requireDatabaseSession(event, companiesOf(shapes))
    const denied = authorise(roles, shapes).find(body => body !== undefined)
    if (denied) throw new Refusal(denied.code, { company: denied.company })
    return runRead(person.id, asked)
  })
  setResponseHeader(event, 'content-type', 'application/json; charset=utf-8')
  await sendCompressed(event, [Buffer.from(JSON.stringify(answer))])
})
