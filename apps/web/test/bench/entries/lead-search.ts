import { writeFile } from 'node:fs/promises'
import { NO_FILTER } from '../../../shared/reads/leads'
import { questionOf } from '../../../shared/search/question'
import { within } from '../../support/wait'
import { inNewProfile, openComplete } from '../app-page'
import { atMost, percentile, type Measured } from '../figure'
import { beginnings, mistyped } from '../typing'
import type { World } from '../world'

const LEADS = [1_000, 10_000, 100_000] as const
/** Of so many leads the name is typed, and a word of the message. */
const LOOKED_FOR = 6
const PATIENCE_MS = 10_000
const FILL_MS = 900_000
const BATCH = 5_000
const FIELD = 'input[placeholder="Search leads"]'
const LIST = '[data-answers]'

const SYLLABLES = ['an', 'ber', 'cor', 'da', 'el', 'fi', 'gra', 'ha', 'in', 'jo', 'kar', 'lu', 'mi', 'nor', 'o', 'pe', 'ro', 'sa', 'ti', 'ul', 've', 'wil', 'ya', 'zo']

/** Words as often as a language has them: few of them often. The same in every run. */
function vocabulary(): (size: number) => string {
  let seed = 7
  const below = (n: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor(seed / 2 ** 32 * n)
  }
  const words = Array.from({ length: 12_000 }, () => Array.from({ length: 2 + below(3) }, () => SYLLABLES[below(SYLLABLES.length)]).join(''))
  return size => words[Math.floor((below(1e6) / 1e6) ** 3 * size)] ?? 'word'
}

interface Planted { name: string, message: string }

async function plantLeads(world: World, company: string, count: number): Promise<Planted[]> {
  const word = vocabulary()
  const planted: Planted[] = []
  for (let done = 0; done < count; done += BATCH) {
    const leads = Array.from({ length: Math.min(BATCH, count - done) }, (_, n) => {
      const [first, last] = [word(1_500), word(12_000)]
      return { name: `${first} ${last}`, email: `${first}.${last}@${word(3_000)}.example`, message: Array.from({ length: 25 }, () => word(8_000)).join(' '), minutes: done + n }
    })
    planted.push(...leads)
    await world.stack.sql.query(`
      insert into leads (id, company_id, name, email, message, created_at)
      select gen_random_uuid(), $1, name, email, message, now() - minutes * interval '1 minute' from json_to_recordset($2) as l(name text, email text, message text, minutes int)`, [company, JSON.stringify(leads)])
  }
  return planted
}

/** A key pressed in the portal's search to the painted list, of 95 in 100; the baseline is looking through all leads, which is what is done until search has taken them up. */
export async function leadSearch(world: World): Promise<Measured[]> {
  const file = world.file('few.tsv')
  await writeFile(file, 'few\tfolder\n')
  const measured: Measured[] = []
  for (const leads of LEADS) {
    const planted = await world.plant(file)
    const all = await plantLeads(world, planted.company, leads)
    const chosen = Array.from({ length: LOOKED_FOR }, (_, n) => all[Math.floor((n + 0.5) * all.length / LOOKED_FOR)] ?? { name: '', message: '' })
    const words = chosen.flatMap(({ name, message }) => [name.split(' ')[1] ?? name, message.split(' ')[7] ?? message])
    const { typed, walked, similar, filled } = await inNewProfile(world, planted, async ({ front, page, ...rest }) => {
      await openComplete({ front, page, ...rest }, planted)
      const began = performance.now()
      await within(page.evaluate(company => instruments.answers('lead-search-state', { company }, 'full'), planted.company), FILL_MS, 'every lead can be found')
      const filled = (performance.now() - began) / 1_000
      await page.goto(`${front.origin}/c/${planted.company}/leads`)
      await page.locator(FIELD).waitFor()
      await page.evaluate(() => instruments.seen('ul[aria-label="Leads"] li'))
      const typed: number[] = []
      for (let n = 0; n < world.times; n++) {
        for (const text of words.flatMap(beginnings)) {
          typed.push(await within(page.evaluate(([text, field, list]) => instruments.typed(text, 'data-answers', field, list), [text, FIELD, LIST] as const), PATIENCE_MS, `the search answers "${text}"`))
        }
      }
      const ask = (name: string, paramsOf: (text: string) => object) => page.evaluate(
        calls => instruments.timeReads(calls), Array.from({ length: world.times }, () => words).flat().map(text => ({ name, params: { company: planted.company, ...paramsOf(text) } })))
      const { sought: _, ...narrowed } = NO_FILTER
      return {
        typed, filled, walked: await ask('leads', sought => ({ ...NO_FILTER, sought })),
        similar: await ask('similar-leads', text => ({ words: questionOf(mistyped(text)).words, language: 'english', ...narrowed })),
      }
    })
    const of = `search of ${leads.toLocaleString('en')} leads`
    measured.push(
      { name: `${of}, a key pressed to painted, p95, against looking through all of them`, value: percentile(typed, 95), unit: 'ms', baseline: percentile(walked, 95), goal: atMost(50) },
      { name: `${of} for what is spelled alike, question to answer, p95`, value: percentile(similar, 95), unit: 'ms', goal: atMost(150) },
      { name: `${of}, until it has taken them up`, value: filled, unit: 's' },
    )
  }
  return measured
}
