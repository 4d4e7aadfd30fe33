import { ROW_ESTIMATE_HEADER } from '../../../shared/protocol/sync'
import { sendCompressed } from '../../http/compress'
import { closeSignal } from '../../http/close'
import { batchDelivered } from '../../metrics/sync'
import { queryOf } from '../../http/query'
import { requireDatabaseSession } from '../../session/viewer'
import { requireShape } from '../../shapes/authorise'
import { estimateRows } from '../../shapes/estimate'
import { goingOut } from '../../shapes/going-out'
import { pages } from '../../shapes/pages'
import { companyNamed, readShapeRequest } from '../../shapes/request'
import { askElectric, bytesReceived, protocolHeaders } from '../../shapes/upstream'

/** After a wait this long the answers of session and membership are old: they are asked again before any row goes out. */
const STALE_AFTER_MS = 1_000
/** A browser that takes nothing more of a page for so long (at most twice that: Node looks in this rhythm) is gone. */
const TAKING_MS = 30_000

/** Snapshot and catch-up of one shape; changes to come go over `live`. */
export default defineEventHandler(async (event) => {
  const signal = closeSignal(event)
  const query = queryOf(event)
  const { person, roles } = await requireDatabaseSession(event, companyNamed(query))
  const { shape, position } = readShapeRequest(getRouterParam(event, 'name') ?? '', query, person.id)
  requireShape(roles, shape)

  const asked = performance.now()
  await pages.run(person.id, async () => {
    const [response, rows] = await Promise.all([
      askElectric(shape, position, signal),
      position.offset === '-1' ? estimateRows(person.id, shape) : undefined,
    ])
    const look = async () => requireShape((await requireDatabaseSession(event, companyNamed(query))).roles, shape)
    if (performance.now() - asked > STALE_AFTER_MS) {
      try {
        await look()
      }
      catch (error) {
        response.destroy()
        throw error
      }
    }
    setResponseStatus(event, response.statusCode)
    setResponseHeaders(event, { ...protocolHeaders(response), 'content-type': 'application/json; charset=utf-8' })
    if (rows !== undefined) setResponseHeader(event, ROW_ESTIMATE_HEADER, String(rows))
    // Electric has begun: from here on it is the browser that takes its time, and it holds one of the places at Electric.
    event.node.res.setTimeout(TAKING_MS)
    response.once('close', () => {
      if (response.statusCode === 200) batchDelivered(shape.definition.name, 'page', bytesReceived(response))
    })
    await goingOut(sendCompressed(event, response), look, () => event.node.res.destroy())
  })
})
