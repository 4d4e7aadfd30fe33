import { liveRequest, type LiveEntry } from '../../../shared/protocol/sync'
import { readJson } from '../../http/body'
import { closeSignal } from '../../http/close'
import { sendCompressed } from '../../http/compress'
import { Refusal } from '../../http/refusal'
import { requireDatabaseSession } from '../../session/viewer'
import { authorise, companiesOf } from '../../shapes/authorise'
import { findShape } from '../../shapes/definition'
import { holdLive, type HeldShape } from '../../shapes/live'
import { takePlace } from '../../shapes/places'
import { bindShape, checked } from '../../shapes/request'

/** A browser that takes nothing more of its answer for so long (at most twice that: Node looks in this rhythm) is gone. */
const TAKING_MS = 10_000

/** The changes of all shapes of a browser over one request. */
export default defineEventHandler(async (event) => {
  const signal = closeSignal(event)
  const { id: session, person } = await requireDatabaseSession(event)
  const leave = takePlace(session, signal)
  try {
    const entries = await readJson(event, liveRequest)
    const held = entries.map(entry => bind(entry, person.id))
    const lines = await holdLive(held, async shapes =>
      authorise((await requireDatabaseSession(event, companiesOf(shapes))).roles, shapes), signal)
    setResponseHeader(event, 'content-type', 'application/x-ndjson; charset=utf-8')
    event.node.res.setTimeout(TAKING_MS)
    await sendCompressed(event, [Buffer.from(lines)])
  }
  finally {
    leave()
  }
})

/** One malformed or unknown entry is answered by a line of its own, and the others go on. */
function bind(entry: LiveEntry, userId: string): HeldShape {
  try {
    for (const name of ['offset', 'handle', 'cursor', 'expired_handle'] as const) {
      if (entry[name] !== undefined) checked(name, entry[name])
    }
    return { entry, shape: bindShape(findShape(entry.shape), entry.company, userId), refused: undefined }
  }
  catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { entry, shape: undefined, refused: error.body }
  }
}
