import { liveRequest } from '../../../shared/protocol/sync'
import { readJson } from '../../http/body'
import { closeSignal } from '../../http/close'
import { sendCompressed } from '../../http/compress'
import { Refusal } from '../../http/refusal'
import { requireDatabaseSession } from '../../session/viewer'
import { authorise, companiesOf } from '../../shapes/authorise'
import { goingOut } from '../../shapes/going-out'
import { checkAll, holdShape, topicsOf, type Check } from '../../shapes/held'
import { holdLive } from '../../shapes/live'
import { takePlace } from '../../shapes/places'

/** A browser that takes nothing more of its answer for so long (at most twice that: Node looks in this rhythm) is gone. */
const TAKING_MS = 10_000

/** The changes of all shapes of a browser over one request, which ends with them: for browsers that no stream gets through to. */
export default defineEventHandler(async (event) => {
  const signal = closeSignal(event)
  const { id: session, person } = await requireDatabaseSession(event)
  const leave = takePlace(session, signal)
  try {
    const entries = await readJson(event, liveRequest)
    const held = entries.map(entry => holdShape(entry, person.id))
    const check: Check = async shapes => authorise((await requireDatabaseSession(event, companiesOf(shapes))).roles, shapes)
    const { lines, told } = await holdLive(held, topicsOf(person.id, held), check, signal)
    setResponseHeader(event, 'content-type', 'application/x-ndjson; charset=utf-8')
    event.node.res.setTimeout(TAKING_MS)
    const look = async () => {
      const ended = (await checkAll(held, check)).find((one, i) => one && !told[i])
      if (ended) throw new Refusal(ended.code)
    }
    await goingOut(sendCompressed(event, [Buffer.from(lines)]), look, () => event.node.res.destroy())
  }
  finally {
    leave()
  }
})
