import { writeFile } from 'node:fs/promises'
import { reads } from '../../../shared/reads'
import { atMost, median, type Measured } from '../figure'
import { inNewProfile, onBarePage, openComplete } from '../app-page'
import type { World } from '../world'

/** Where no number was asked for. */
const FOLDERS = 100_000
const FRAMES = 240
/** Pixels a frame: a finger on the wheel, and a hand that drags the bar. */
const STEPS = [240, 3000] as const
/** A frame that takes longer is felt. */
const LONG_MS = 50
const LINE_HEIGHT = 32
const SCREEN = 50
/**
 * A tree of any size is to open instantly, and here that is the time in which a first visit has its folders. Less than
 * what bare PGlite takes for the same question (0.7 s for 100,000 names in order): the question itself has to be another one.
 */
const OPENED_MS = 500

/** Long frames while a workspace of 100,000 folders in one level, or of as many as were asked for, is scrolled; the baselines are an empty element as high, and the same question to bare PGlite. */
export async function treeScroll(world: World): Promise<Measured[]> {
  const file = world.file('wide.tsv')
  const folders = world.folders ?? FOLDERS
  const tree = `tree of ${folders.toLocaleString('en')} folders`
  await writeFile(file, Array.from({ length: folders }, (_, n) => `wide\tfolder ${String(n).padStart(6, '0')}\n`).join(''))
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
        await page.evaluate(height => bare.empty(height), folders * LINE_HEIGHT)
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
      name: `${tree}, frames over ${LONG_MS} ms of ${FRAMES} scrolled by ${step.toLocaleString('en')} px`,
      value: ours[place] ?? Number.NaN, unit: 'frames', baseline: empty[place] ?? Number.NaN, goal: atMost(0),
    })),
    { name: `${tree}, click to painted, against asking bare PGlite for them and painting ${SCREEN}`, value: opened, unit: 'ms', baseline: bareOpened, goal: atMost(OPENED_MS) },
  ]
}
