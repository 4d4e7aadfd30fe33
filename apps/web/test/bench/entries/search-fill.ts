import type { Page, Worker } from 'playwright-core'
import { SEARCH_CODES } from '../../../shared/search/entities'
import { localSql } from '../../support/page'
import { until, within } from '../../support/wait'
import { COPY_MS, inNewProfile } from '../app-page'
import { atMost, median, percentile, type Measured } from '../figure'
import type { Planted, World } from '../world'

const ASKED = 200
const EVERY_MS = 20
const IDLE_MS = 5_000
const FILL_MS = 300_000
/** How often the worker's thread is asked to come by: what it does in one piece is seen to so many milliseconds. */
const TICK_MS = 5

/** The worker that leads: the page is the only one. */
const leaderOf = (page: Page): Promise<Worker> => until('the page has its worker', () => page.workers().find(worker => worker.url().includes('pglite')))

/**
 * Notes, in the worker's thread, how much later than it was due each timer came. A text, because the names that a compiler
 * gives to functions do not exist there.
 */
const TICK = `
  globalThis.late = []
  let due = performance.now() + ${TICK_MS}
  const tick = () => {
    const now = performance.now()
    late.push(now - due)
    due = now + ${TICK_MS}
    setTimeout(tick, ${TICK_MS})
  }
  setTimeout(tick, ${TICK_MS})`

/** The longest that the thread was not free since the last time that this was asked. */
const longestStretch = (worker: Worker) => worker.evaluate<number>('Math.max(...late.splice(0))')

/** One first visit; milliseconds up to the complete copy, and of what was asked while search filled and after that. */
interface Fill { complete: number, busy: number[], idle: number[], stretch: number, idleStretch: number }

async function fill(world: World, planted: Planted): Promise<Fill> {
  const { rows } = await world.stack.sql.query<{ id: string }>('select id from folders where company_id = $1 and deleted_at is null order by md5(id::text) limit $2', [planted.company, ASKED])
  const calls = rows.map(({ id }) => ({ name: 'folder', params: { folder: id } }))
  return inNewProfile(world, planted, async ({ page, front }) => {
    await page.goto(`${front.origin}${planted.path}`)
    const complete = await afterNavigation(page, planted)
    await within(page.evaluate(() => instruments.allComplete()), COPY_MS, 'everything is complete')
    const worker = await leaderOf(page)
    await worker.evaluate(`{${TICK}}`)
    const busy = await within(page.evaluate(([all, every]) => instruments.askWhileSearchFills(all, every), [calls, EVERY_MS] as const), FILL_MS, 'every name can be found')
    const stretch = await longestStretch(worker)
    const idle = await page.evaluate(([all, every, ms]) => instruments.askFor(all, every, ms), [calls, EVERY_MS, IDLE_MS] as const)
    const idleStretch = await longestStretch(worker)
    const [row] = await localSql<{ n: number }>(page, 'select count(*)::int as n from search_documents where entity = $1', [SEARCH_CODES.folder], 60_000)
    if (row?.n !== planted.folders) throw new Error(`search calls itself full with ${row?.n} of ${planted.folders} folders`)
    world.say(`search filled while ${busy.length} questions were asked: longest ${Math.round(Math.max(...busy))} ms, in one piece ${Math.round(stretch)} ms`)
    return { complete, busy, idle, stretch, idleStretch }
  }, { workerFolder: await world.ownWorker() })
}

const afterNavigation = (page: Page, { company }: Planted) =>
  within(page.evaluate(async id => await instruments.complete(id) - performance.timeOrigin, company), COPY_MS, 'the copy is complete')

/** What others feel of search while it takes up the names after a first sync, and what it costs that sync. */
export async function searchFill(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const folder = await world.workerWithoutSearch()
  const [fills, without]: [Fill[], number[]] = [[], []]
  for (let n = 0; n < world.times; n++) {
    fills.push(await fill(world, planted))
    without.push(await inNewProfile(world, planted, async ({ page, front }) => {
      await page.goto(`${front.origin}${planted.path}`)
      return afterNavigation(page, planted)
    }, { workerFolder: folder }))
  }
  const p95 = (of: 'busy' | 'idle') => median(fills.map(one => percentile(one[of], 95)))
  const longest = (of: (one: Fill) => number[]) => Math.max(...fills.flatMap(of))
  return [
    { name: 'a question while search fills, p95, against after that', value: p95('busy'), unit: 'ms', baseline: p95('idle') },
    { name: 'a question while search fills, the longest of all, against after that', value: longest(one => one.busy), unit: 'ms', baseline: longest(one => one.idle), goal: atMost(100) },
    { name: 'what the worker does in one piece while search fills, the longest of all, against after that', value: longest(one => [one.stretch]), unit: 'ms', baseline: longest(one => [one.idleStretch]), goal: atMost(30) },
    { name: 'complete copy after navigation, against without search', value: median(fills.map(({ complete }) => complete / 1000)), unit: 's', baseline: median(without) / 1000, goal: atMost(1.05, 'ratio') },
  ]
}
