import type { Page } from 'playwright-core'
import { atMost, median, type Measured } from '../figure'
import { inNewProfile, onBarePage, openComplete } from '../app-page'
import type { World } from '../world'

const TOP_FOLDERS = 'SELECT id, name FROM folders WHERE workspace_id = $1 AND parent_id IS NULL ORDER BY position'

/** Milliseconds from navigation to what `at` gives, in a new tab after the former one is gone. */
async function again(page: Page, times: number, url: string, at: (page: Page) => Promise<number>): Promise<number[]> {
  const context = page.context()
  const taken: number[] = []
  let before = page
  for (let n = 0; n < times; n++) {
    const next = await context.newPage()
    await before.close()
    await next.goto(url, { waitUntil: 'commit' })
    taken.push(await at(next) - await next.evaluate(() => performance.timeOrigin))
    before = next
  }
  return taken
}

/** A second visit: navigation to the folders of a workspace on the screen, from the local copy. */
export async function warmStart(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const { filling, origin } = await world.bare()
  const ours = await inNewProfile(world, planted, async (here) => {
    await openComplete(here, planted)
    return again(here.page, world.times, `${here.front.origin}${planted.path}`, page => page.evaluate(() => instruments.seen('[role="treeitem"]')))
  })
  const bareTimes = await onBarePage(world, async (page) => {
    await page.evaluate(given => bare.copy(given), filling)
    return again(page, world.times, origin, async (next) => {
      await next.waitForFunction(() => 'bare' in globalThis)
      return next.evaluate(([sql, workspace]) => bare.openAndPaint(sql, [workspace]), [TOP_FOLDERS, planted.workspace] as const)
    })
  })
  return [{ name: 'warm start to painted folders, against bare PGlite open and one query', value: median(ours), unit: 'ms', baseline: median(bareTimes), goal: atMost(1.3, 'ratio') }]
}
