import type { Page } from 'playwright-core'
import { atMost, median, type Measured } from '../figure'
import { within } from '../../support/wait'
import { inNewProfile, onBarePage, openComplete } from '../app-page'
import type { World } from '../world'

const TOP_FOLDERS = 'SELECT id, name FROM folders WHERE workspace_id = $1 AND parent_id IS NULL ORDER BY position'

/** What `at` gives, moments as milliseconds from the navigation, in a new tab after the former one is gone. */
async function again<Moment extends string>(page: Page, times: number, url: string, at: (page: Page) => Promise<Record<Moment, number>>): Promise<Record<Moment, number>[]> {
  const context = page.context()
  const taken: Record<Moment, number>[] = []
  let before = page
  for (let n = 0; n < times; n++) {
    const next = await context.newPage()
    await before.close()
    await next.goto(url, { waitUntil: 'commit' })
    const moments = await at(next)
    const from = await next.evaluate(() => performance.timeOrigin)
    taken.push(Object.fromEntries(Object.entries<number>(moments).map(([name, moment]) => [name, moment - from])) as Record<Moment, number>)
    before = next
  }
  return taken
}

/** A second visit: navigation to the folders of a workspace on the screen as the last visit knew them, and as the local copy says. */
export async function warmStart(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const { filling, origin } = await world.bare()
  const ours = await inNewProfile(world, planted, async (here) => {
    await openComplete(here, planted)
    await here.page.evaluate(() => instruments.answerKept('folders-top'))
    // As a person's browser has it from the second visit on.
    await within(here.page.evaluate(async () => void await navigator.serviceWorker.ready), 60_000, 'the app is kept on the device')
    return again(here.page, world.times, `${here.front.origin}${planted.path}`, page => page.evaluate(async () => ({
      painted: await instruments.seen('[role="treeitem"]'),
      local: await instruments.answeredLocally('[role="treeitem"]'),
    })))
  }, { keepsApp: true })
  const bareTimes = await onBarePage(world, async (page) => {
    await page.evaluate(given => bare.copy(given), filling)
    return again(page, world.times, origin, async (next) => {
      await next.waitForFunction(() => 'bare' in globalThis)
      return next.evaluate(async ([sql, workspace]) => ({ local: await bare.openAndPaint(sql, [workspace]) }), [TOP_FOLDERS, planted.workspace] as const)
    })
  })
  const baseline = median(bareTimes.map(({ local }) => local))
  return [
    { name: 'reload to painted folders, as the last visit knew them', value: median(ours.map(({ painted }) => painted)), unit: 'ms', baseline, goal: atMost(300) },
    { name: 'reload to the local answer, against bare PGlite open and one query', value: median(ours.map(({ local }) => local)), unit: 'ms', baseline, goal: atMost(1.25, 'ratio') },
  ]
}
