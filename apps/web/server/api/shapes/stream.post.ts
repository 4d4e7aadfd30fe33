import { liveRequest } from '../../../shared/protocol/sync'
import { readJson } from '../../http/body'
import { closeSignal } from '../../http/close'
import { LineWriter } from '../../http/line-writer'
import { renewSeal } from '../../session/cookie'
import { requireDatabaseSession } from '../../session/viewer'
import { authorise, companiesOf } from '../../shapes/authorise'
import { holdShape, topicsOf } from '../../shapes/held'
import { takePlace } from '../../shapes/places'
import { streamShapes } from '../../shapes/stream'

/** The changes of all shapes of a browser, as they come. */
export default defineEventHandler(async (event) => {
  const signal = closeSignal(event)
  const { id: session, person } = await requireDatabaseSession(event)
  // A browser whose page stays open for weeks asks for nothing else; the head goes out at once.
  await renewSeal(event)
  const leave = takePlace(session, signal)
  let writer: LineWriter | undefined
  try {
    const entries = await readJson(event, liveRequest)
    const held = entries.map(entry => holdShape(entry, person.id))
    await streamShapes({
      held,
      topics: topicsOf(person.id, held),
      check: async shapes => authorise((await requireDatabaseSession(event, companiesOf(shapes))).roles, shapes),
      begin: () => { writer = new LineWriter(event, signal) },
      write: async pieces => writer?.write(pieces),
      cut: () => event.node.res.destroy(),
      signal,
    })
  }
  finally {
    writer?.end()
    leave()
  }
})
