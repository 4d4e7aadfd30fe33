import { atMost, median, type Measured } from '../figure'
import { inNewProfile } from '../app-page'
import type { World } from '../world'

/** Seconds from navigation to the first folders on the screen, for somebody who was never here; the copy is still far from complete. */
export async function firstRows(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const times: number[] = []
  for (let n = 0; n < world.times; n++) {
    times.push(await inNewProfile(world, planted, async ({ page, front }) => {
      await page.goto(`${front.origin}${planted.path}`, { waitUntil: 'commit' })
      const at = await page.evaluate(() => instruments.seen('[role="treeitem"]'))
      return (at - await page.evaluate(() => performance.timeOrigin)) / 1000
    }))
  }
  return [{ name: 'first folders painted on a first visit', value: median(times), unit: 's', goal: atMost(0.5) }]
}
