import { writeFile } from 'node:fs/promises'
import { inNewProfile, openComplete } from '../app-page'
import { atMost, median, type Measured } from '../figure'
import type { World } from '../world'

const LEADS = [1_000, 10_000, 100_000] as const
const CHOICES = 10
const PAINTED_MS = 100

/** A filter that is chosen on the dashboard until all its charts are painted; the baseline is one question to the local database, which none of them asks. */
export async function dashboard(world: World): Promise<Measured[]> {
  const file = world.file('few.tsv')
  await writeFile(file, 'few\tfolder\n')
  const measured: Measured[] = []
  for (const leads of LEADS) {
    const planted = await world.plant(file)
    await world.stack.sql.query(`
      insert into leads (id, company_id, name, email, message, source, status, score, variant, assignee_id, created_at)
      select gen_random_uuid(), $1, 'Visitor ' || n, 'visitor-' || n || '@example.com', repeat('This is what I would like to know. ', 5), (array['form', 'fair', 'import'])[1 + n % 3],
        (array['new', 'open', 'won', 'lost', 'spam'])[1 + n * 7 % 5], n * 37 % 101, (array['a', 'b', 'c'])[1 + n * 11 % 3], case when n % 4 = 0 then $2::uuid end, now() - n % 80 * interval '1 day'
      from generate_series(1, $3::int) n`, [planted.company, planted.person.id, leads])
    const { chosen, asked } = await inNewProfile(world, planted, async (here) => {
      await openComplete(here, planted)
      await here.page.goto(`${here.front.origin}/c/${planted.company}/dashboard`)
      await here.page.evaluate(count => instruments.seen('dd', `of ${count} in this period`), leads.toLocaleString('en'))
      const chosen: number[] = []
      for (let n = 0; n < world.times * CHOICES; n++) {
        chosen.push(await here.page.evaluate(async (turn) => {
          const buttons = [...document.querySelectorAll<HTMLElement>('section[aria-label^="Leads by s"] [role="group"] button')]
          const [button, total] = [buttons[turn % buttons.length], () => document.querySelector('dl dd')?.textContent]
          const [before, began] = [button?.ariaPressed, instruments.now()]
          button?.click()
          const ended = await instruments.painted()
          if (!button || button.ariaPressed === before || !total()) throw new Error('the choice is not on the screen')
          return ended - began
        }, n))
      }
      const call = { name: 'lead-figures', params: { company: planted.company, zone: 'UTC' } }
      return { chosen: median(chosen), asked: median(await here.page.evaluate(calls => instruments.timeReads(calls), Array.from({ length: world.times }, () => call))) }
    })
    measured.push({ name: `dashboard of ${leads.toLocaleString('en')} leads, a filter chosen to painted`, value: chosen, unit: 'ms', baseline: asked, goal: atMost(PAINTED_MS) })
  }
  return measured
}
