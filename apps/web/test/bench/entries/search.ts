import type { Page } from 'playwright-core'
import { questionOf } from '../../../shared/search/question'
import { within } from '../../support/wait'
import { inNewProfile, onBarePage, openComplete } from '../app-page'
import { atMost, percentile, type Measured } from '../figure'
import { beginnings, mistyped } from '../typing'
import type { World } from '../world'

const NAMES = 12
/** Of so many names a dozen are taken whose misspelling finds little by itself: only then is looked for what is similar. */
const CANDIDATES = 60
const LITTLE = 5
const PATIENCE_MS = 10_000
const FILL_MS = 300_000
const ILIKE = 'SELECT id, name FROM folders WHERE name ILIKE $1 ORDER BY length(name), name LIMIT 8'
const TRIGRAMS = 'SELECT id, name FROM folders WHERE name % $1 ORDER BY similarity(name, $1) DESC, name LIMIT 8'

async function type(page: Page, texts: string[], tier: 'data-answers' | 'data-similar'): Promise<number[]> {
  const times: number[] = []
  for (const text of texts) times.push(await within(page.evaluate(([word, which]) => instruments.typed(word, which), [text, tier] as const), PATIENCE_MS, `the search answers "${text}"`))
  return times
}

/** Those for which the page will look for similar names too. */
async function sparse(page: Page, texts: string[]): Promise<string[]> {
  const found = await page.evaluate(calls => instruments.countRows(calls), texts.map(text => ({ name: 'search', params: { ...questionOf(text), limit: LITTLE } })))
  return texts.filter((_, n) => (found[n] ?? LITTLE) < LITTLE).slice(0, NAMES)
}

/** Milliseconds from a keystroke to the painted list, of 95 in 100; the baselines are ILIKE and pg_trgm with its index over the same names through PGliteWorker. */
export async function search(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const { rows } = await world.stack.sql.query<{ name: string }>(`
    select name from (select distinct name from folders where company_id = $1 and length(name) between 6 and 24) names order by md5(name) limit $2`, [planted.company, CANDIDATES])
  const candidates = rows.map(({ name }) => name)
  const names = candidates.slice(0, NAMES)
  const { first, second, wrong } = await inNewProfile(world, planted, async (here) => {
    await openComplete(here, planted)
    await within(here.page.evaluate(() => instruments.searchIsFull()), FILL_MS, 'every name can be found')
    await here.page.goto(`${here.front.origin}/search`)
    await here.page.locator('input[role="combobox"]').waitFor()
    const wrong = await sparse(here.page, candidates.map(mistyped))
    if (wrong.length === 0) throw new Error('each misspelling is a name itself')
    const taken = { first: [] as number[], second: [] as number[], wrong }
    for (let n = 0; n < world.times; n++) {
      taken.first.push(...await type(here.page, names.flatMap(beginnings), 'data-answers'))
      taken.second.push(...await type(here.page, wrong, 'data-similar'))
    }
    return taken
  })
  const { filling } = await world.bare()
  const scan = await onBarePage(world, async (page) => {
    await page.evaluate(given => bare.openStock(given), filling)
    return page.evaluate(([sql, calls]) => bare.timeStock(sql, calls), [ILIKE, names.flatMap(beginnings).map(text => [`${text}%`])] as const)
  })
  const similar = await onBarePage(world, async (page) => {
    await page.evaluate(given => bare.openStock(given), { ...filling, withTrigrams: true })
    return page.evaluate(([sql, calls]) => bare.timeStock(sql, calls), [TRIGRAMS, wrong.map(text => [text])] as const)
  })
  const p95 = (times: number[]) => percentile(times, 95)
  return [
    { name: 'search, keystroke to painted, p95, against ILIKE through PGliteWorker', value: p95(first), unit: 'ms', baseline: p95(scan), goal: atMost(50) },
    { name: 'search, keystroke to painted similar names, p95, against pg_trgm through PGliteWorker', value: p95(second), unit: 'ms', baseline: p95(similar), goal: atMost(150) },
  ]
}
