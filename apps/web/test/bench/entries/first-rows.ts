import { Front } from '../../support/front'
import { atMost, median, type Measured } from '../figure'
import { measureFirstVisit, type FirstRows } from '../first-rows'
import type { World } from '../world'

async function visit(world: World, origin: string): Promise<FirstRows> {
  const { person, listPath } = await world.planted()
  await world.stack.sql.query('delete from auth.attempts')
  return measureFirstVisit({ origin, person, path: listPath })
}

/** On pglite-sync's engine, and with nothing but the local copy to read from, as an app built on it alone has it. */
async function visitOnUpstream(world: World): Promise<FirstRows> {
  const front = await Front.before(world.stack.origin)
  try {
    front.serve('/workers/', await world.upstreamWorker())
    front.refuse(['/api/reads/'], 503, {})
    return await visit(world, front.origin)
  }
  finally {
    await front.stop()
  }
}

/** Seconds from the last byte of the first page of folders to the rows: below zero where the server's answers were faster. */
const sincePage = ({ firstRows, firstPage }: FirstRows) => (firstRows - firstPage) / 1000

/** Seconds to the first 50 folders on the screen, for somebody who was never here; the copy is still far from complete. */
export async function firstRows(world: World): Promise<Measured[]> {
  const [ours, upstream]: [FirstRows[], FirstRows[]] = [[], []]
  for (let n = 0; n < world.times; n++) {
    const seen = await visit(world, world.stack.origin)
    world.say(`first rows after ${Math.round(seen.firstRows)} ms: first paint ${Math.round(seen.firstPaint)}, asked ${Math.round(seen.asked)}, answered ${Math.round(seen.answered)}, first page of folders ${Math.round(seen.firstPage)}`)
    ours.push(seen)
    upstream.push(await visitOnUpstream(world))
  }
  const compared = (of: (seen: FirstRows) => number) => ({ value: median(ours.map(of)), unit: 's', baseline: median(upstream.map(of)), goal: atMost(0.5) })
  return [
    { name: 'first 50 folders painted on a first visit, against pglite-sync without the server\'s answers', ...compared(seen => seen.firstRows / 1000) },
    { name: 'first rows after the first page\'s last byte, against pglite-sync without the server\'s answers', ...compared(sincePage) },
  ]
}
