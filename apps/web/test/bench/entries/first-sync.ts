import { atLeast, atMost, median, type Measured } from '../figure'
import { memoryOf } from '../memory'
import { inNewProfile, onBarePage, openComplete } from '../app-page'
import type { Filling } from '../page/rows'
import type { Planted, World } from '../world'

/** One first visit up to the complete copy: milliseconds and mebibytes. */
interface Visit { copy: number, complete: number, peak: number, after: number }

async function visit(world: World, planted: Planted, workerFolder?: string): Promise<Visit> {
  return inNewProfile(world, planted, async (here) => {
    const at = await openComplete(here, planted)
    const opened = await here.page.evaluate(() => performance.timeOrigin)
    const first = here.front.requests.find(request => request.shape === 'folders')
    if (!first) throw new Error('folders were never asked for')
    return { copy: at - (performance.timeOrigin + first.from), complete: at - opened, ...memoryOf(here.browser.profile) }
  }, workerFolder === undefined ? {} : { workerFolder })
}

/** First visits on both builds by turns, on a shape that the server holds already. */
const visits = (world: World) => world.once('first visits', async () => {
  const planted = await world.planted()
  const [ours, upstream]: [Visit[], Visit[]] = [[], []]
  const folder = await world.upstreamWorker()
  // The first of all makes the server's shape and is the cold one.
  const cold = [await visit(world, planted)]
  for (let n = 1; n <= world.times; n++) {
    ours.push(await visit(world, planted))
    upstream.push(await visit(world, planted, folder))
    world.say(`first visit ${n} of ${world.times}: ${said(ours.at(-1))}; on pglite-sync: ${said(upstream.at(-1))}`)
  }
  return { planted, cold, ours, upstream }
})

const said = (one?: Visit) => one ? `complete after ${Math.round(one.complete)} ms, ${Math.round(one.after)} MiB` : ''

/** Rows per second of COPY into a bare PGlite, each time into a new database; by turns without the index of recent changes. */
async function copyFloor(world: World): Promise<{ whole: number, withoutRecent: number }> {
  const { folders } = await world.planted()
  const { filling } = await world.bare()
  const lean = { ...filling, schema: filling.schema.filter(statement => !statement.includes('"folders_recent"')) }
  if (lean.schema.length !== filling.schema.length - 1) throw new Error('there is no index folders_recent to leave away')
  const rate = (given: Filling) => onBarePage(world, async page => folders / await page.evaluate(one => bare.copy(one), given) * 1000)
  const [whole, withoutRecent]: [number[], number[]] = [[], []]
  for (let n = 1; n <= world.times; n++) {
    whole.push(await rate(filling))
    withoutRecent.push(await rate(lean))
  }
  return { whole: median(whole), withoutRecent: median(withoutRecent) }
}

/** Rows per second from the first request for folders to the complete copy. */
export async function firstSync(world: World): Promise<Measured[]> {
  const { planted, cold, ours, upstream } = await visits(world)
  const rate = (all: Visit[]) => median(all.map(({ copy }) => planted.folders / copy * 1000))
  for (let n = 1; n < world.times; n++) {
    const another = await world.plant()
    cold.push(await visit(world, another))
  }
  const floor = await copyFloor(world)
  return [
    { name: 'first sync, against COPY into bare PGlite', value: rate(ours), unit: 'rows/s', baseline: floor.whole, goal: atLeast(0.75, 'ratio') },
    { name: 'first sync, against pglite-sync', value: rate(ours), unit: 'rows/s', baseline: rate(upstream), goal: atLeast(1.3, 'ratio') },
    { name: 'first sync, shape not yet made on the server, against COPY into bare PGlite', value: rate(cold), unit: 'rows/s', baseline: floor.whole },
    { name: 'COPY into bare PGlite, against without the index of recent changes', value: floor.whole, unit: 'rows/s', baseline: floor.withoutRecent },
  ]
}

/** Seconds from navigation to the complete copy, everything included: page, worker, opening, sync. */
export async function completeCopy(world: World): Promise<Measured[]> {
  const { ours, upstream } = await visits(world)
  const seconds = (all: Visit[]) => median(all.map(({ complete }) => complete / 1000))
  return [{ name: 'complete copy after navigation, against pglite-sync', value: seconds(ours), unit: 's', baseline: seconds(upstream), goal: atMost(0.55, 'ratio') }]
}

/** Memory of the page's process right after the first sync. */
export async function memory(world: World): Promise<Measured[]> {
  const { ours, upstream } = await visits(world)
  const of = (all: Visit[], field: 'peak' | 'after') => median(all.map(one => one[field]))
  return [
    { name: 'memory after the first sync, against pglite-sync', value: of(ours, 'after'), unit: 'MiB', baseline: of(upstream, 'after'), goal: atMost(0.7, 'ratio') },
    { name: 'memory at its highest, against pglite-sync', value: of(ours, 'peak'), unit: 'MiB', baseline: of(upstream, 'peak') },
  ]
}
