import type { Page } from 'playwright-core'
import { within } from '../../support/wait'
import { inNewProfile, onBarePage, openComplete } from '../app-page'
import { atMost, percentile, type Measured } from '../figure'
import type { World } from '../world'

const NAMES = 12
const PATIENCE_MS = 10_000
const FILL_MS = 300_000
const ILIKE = 'SELECT id, name FROM folders WHERE name ILIKE $1 ORDER BY length(name), name LIMIT 8'

/** Each beginning of a name up to eight letters, as it grows under the fingers. */
const beginnings = (name: string) => Array.from({ length: Math.min(8, name.length) }, (_, n) => name.slice(0, n + 1))
/** Its middle letter is forgotten. */
const mistyped = (name: string) => name.slice(0, name.length >> 1) + name.slice((name.length >> 1) + 1)

async function type(page: Page, texts: string[], tier: 'data-answers' | 'data-similar'): Promise<number[]> {
  const times: number[] = []
  for (const text of texts) {
    // One for which nothing close was looked for, because enough was found: no answer of the second tier will come.
    const taken = await within(page.evaluate(([word, which]) => instruments.typed(word, which), [text, tier] as const), PATIENCE_MS, text).catch(() => undefined)
    if (taken !== undefined) times.push(taken)
    else if (tier === 'data-answers') throw new Error(`the search did not answer "${text}"`)
  }
  return times
}

/** Milliseconds from a keystroke to the painted list, of 95 in 100; the baseline is ILIKE over the same names through PGliteWorker. */
export async function search(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const { rows } = await world.stack.sql.query<{ name: string }>(`
    select name from (select distinct name from folders where company_id = $1 and length(name) between 6 and 24) names order by md5(name) limit $2`, [planted.company, NAMES])
  const names = rows.map(({ name }) => name)
  const { first, second } = await inNewProfile(world, planted, async (here) => {
    await openComplete(here, planted)
    await within(here.page.evaluate(() => instruments.searchIsFull()), FILL_MS, 'every name can be found')
    await here.page.goto(`${here.front.origin}/search`)
    await here.page.locator('input[role="combobox"]').waitFor()
    const taken = { first: [] as number[], second: [] as number[] }
    for (let n = 0; n < world.times; n++) {
      taken.first.push(...await type(here.page, names.flatMap(beginnings), 'data-answers'))
      taken.second.push(...await type(here.page, names.map(mistyped), 'data-similar'))
    }
    return taken
  })
  const { filling } = await world.bare()
  const scan = await onBarePage(world, async (page) => {
    await page.evaluate(given => bare.openStock(given), filling)
    return page.evaluate(([sql, calls]) => bare.timeStock(sql, calls), [ILIKE, names.flatMap(beginnings).map(text => [`${text}%`])] as const)
  })
  const p95 = (times: number[]) => percentile(times, 95)
  return [
    { name: 'search, keystroke to painted, p95, against ILIKE through PGliteWorker', value: p95(first), unit: 'ms', baseline: p95(scan), goal: atMost(50) },
    { name: 'search, keystroke to painted similar names, p95', value: p95(second), unit: 'ms', goal: atMost(150) },
  ]
}
