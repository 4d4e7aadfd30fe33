import { atMost, median, type Measured } from '../figure'
import { measureFirstVisit } from '../first-rows'
import type { World } from '../world'

/** Seconds from navigation to the first 50 folders on the screen, for somebody who was never here; the copy is still far from complete. */
export async function firstRows(world: World): Promise<Measured[]> {
  const { person, listPath } = await world.planted()
  const times: number[] = []
  for (let n = 0; n < world.times; n++) {
    await world.stack.sql.query('delete from auth.attempts')
    const visit = await measureFirstVisit({ origin: world.stack.origin, person, path: listPath })
    world.say(`first rows after ${Math.round(visit.firstRows)} ms: first paint ${Math.round(visit.firstPaint)}, asked ${Math.round(visit.asked)}, answered ${Math.round(visit.answered)}`)
    times.push(visit.firstRows / 1000)
  }
  return [{ name: 'first 50 folders painted on a first visit', value: median(times), unit: 's', goal: atMost(0.5) }]
}
