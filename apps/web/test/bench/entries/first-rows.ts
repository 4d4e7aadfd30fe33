import { Front } from '../../support/front'
import { until } from '../../support/wait'
import { atMost, median, type Measured } from '../figure'
import { measureFirstVisit, type FirstRows } from '../first-rows'
import type { World } from '../world'

async function visit(world: World, origin: string, before?: () => Promise<unknown>): Promise<FirstRows> {
  const { person, listPath } = await world.planted()
  await world.stack.sql.query('delete from auth.attempts')
  return measureFirstVisit({ origin, person, path: listPath }, before)
}

/** The rows, and from the last byte of the first page of folders to them, in ms: below zero where the server's answers were faster. */
interface SeenFromOutside { seen: FirstRows, sincePage: number }

/**
 * A visit with a front before the server, which sees the last byte go. The browser cannot be asked: the worker sends the
 * request, of which the browser's own tools missed one in three.
 */
async function visitBehindFront(world: World, prepare: (front: Front) => void = () => undefined): Promise<SeenFromOutside> {
  const front = await Front.before(world.stack.replicas)
  try {
    prepare(front)
    const ended = () => front.snapshots('folders')[0]?.to
    const seen = await visit(world, front.origin, () => until('the first page of folders has come whole', ended, { deadline: 120_000 }))
    return { seen, sincePage: seen.firstRows - (performance.timeOrigin + (ended() ?? Number.NaN) - seen.opened) }
  }
  finally {
    await front.stop()
  }
}

/** Seconds to the first 50 folders on the screen, for somebody who was never here; the copy is still far from complete. */
export async function firstRows(world: World): Promise<Measured[]> {
  const upstreamWorker = await world.upstreamWorker()
  const [ours, ownPages, upstream]: [FirstRows[], SeenFromOutside[], SeenFromOutside[]] = [[], [], []]
  for (let n = 0; n < world.times; n++) {
    // Nothing stands between the browser and the server here: a front takes time of its own.
    const seen = await visit(world, world.stack.origin)
    world.say(`first rows after ${Math.round(seen.firstRows)} ms: first paint ${Math.round(seen.firstPaint)}, asked ${Math.round(seen.asked)}, answered ${Math.round(seen.answered)}`)
    ours.push(seen)
    ownPages.push(await visitBehindFront(world))
    // On pglite-sync's engine, and with nothing but the local copy to read from, as an app built on it alone has it.
    upstream.push(await visitBehindFront(world, (front) => {
      front.serve('/workers/', upstreamWorker)
      front.refuse(['/api/reads/'], 503, {})
    }))
  }
  const unit = 's'
  return [
    {
      name: 'first 50 folders painted on a first visit, against pglite-sync without the server\'s answers', unit, goal: atMost(0.5),
      value: median(ours.map(seen => seen.firstRows / 1000)), baseline: median(upstream.map(({ seen }) => seen.firstRows / 1000)),
    },
    {
      name: 'first rows after the first page\'s last byte, against pglite-sync without the server\'s answers', unit, goal: atMost(0.5),
      value: median(ownPages.map(({ sincePage }) => sincePage / 1000)), baseline: median(upstream.map(({ sincePage }) => sincePage / 1000)),
    },
  ]
}
