import { writeFile } from 'node:fs/promises'
import { reads } from '../../../shared/reads'
import { atMost, median, type Measured } from '../figure'
import { inNewProfile, onBarePage, openComplete } from '../app-page'
import type { World } from '../world'

const FOLDERS = 100_000
const FRAMES = 240
/** Pixels a frame: a finger on the wheel, and a hand that drags the bar. */
const STEPS = [240, 3000] as const
/** A frame that takes longer is felt. */
const LONG_MS = 50
const LINE_HEIGHT = 32
const SCREEN = 50

/** Long frames while a workspace of 100,000 folders in one level is scrolled; the baselines are an empty element as high, and the same question to bare PGlite. */
export async function treeScroll(world: World): Promise<Measured[]> {
  const file = world.file('wide.tsv')
  await writeFile(file, Array.from({ length: FOLDERS }, (_, n) => `wide\tfolder ${String(n).padStart(6, '0')}\n`).join(''))
  const planted = await world.plant(file)
  const long = (times: number[]) => times.filter(ms => ms > LONG_MS).length
  const { ours, opened } = await inNewProfile(world, planted, async (here) => {
    await openComplete(here, planted)
    const rounds: number[][] = STEPS.map(() => [])
    const opens: number[] = []
    for (let n = 0; n < world.times; n++) {
      const page = await here.browser.context.newPage()
      await page.goto(`${here.front.origin}/c/${planted.company}`)
      await page.evaluate(() => instruments.seen('a[href*="/w/"]'))
      const began = await page.evaluate(() => instruments.now())
      await page.locator(`a[href$="/w/${planted.workspace}"]`).first().click()
      opens.push(await page.evaluate(() => instruments.seen('[role="treeitem"]')) - began)
      for (const [place, step] of STEPS.entries()) {
        rounds[place]?.push(long(await page.evaluate(([frames, pixels]) => instruments.scroll(':has(> [role="tree"])', frames, pixels), [FRAMES, step] as const)))
      }
      await page.close()
    }
    return { ours: rounds.map(median), opened: median(opens) }
  })
  const empty = await onBarePage(world, async (page) => {
    const rounds: number[][] = STEPS.map(() => [])
    for (let n = 0; n < world.times; n++) {
      for (const [place, step] of STEPS.entries()) {
        await page.evaluate(height => bare.empty(height), FOLDERS * LINE_HEIGHT)
        rounds[place]?.push(long(await page.evaluate(([frames, pixels]) => instruments.scroll('#scroller', frames, pixels), [FRAMES, step] as const)))
      }
    }
    return rounds.map(median)
  })
  const asked = (reads['folders-top']?.sql ?? '').replaceAll('app_read.', 'public.')
  const server = await world.bareOf(planted)
  const bareOpened = await onBarePage(world, async (page) => {
    await page.evaluate(given => bare.copy(given), server.filling)
    const times: number[] = []
    for (let n = 0; n < world.times; n++) times.push(await page.evaluate(async ([sql, workspace, lines]) => -instruments.now() + await bare.openAndPaint(sql, [workspace], lines), [asked, planted.workspace, SCREEN] as const))
    return median(times)
  }, server)
  return [
    ...STEPS.map((step, place): Measured => ({
      name: `tree of ${FOLDERS.toLocaleString('en')} folders, frames over ${LONG_MS} ms of ${FRAMES} scrolled by ${step.toLocaleString('en')} px`,
      value: ours[place] ?? Number.NaN, unit: 'frames', baseline: empty[place] ?? Number.NaN, goal: atMost(0),
    })),
    { name: `tree of ${FOLDERS.toLocaleString('en')} folders, click to painted, against asking bare PGlite for them and painting ${SCREEN}`, value: opened, unit: 'ms', baseline: bareOpened },
  ]
}
