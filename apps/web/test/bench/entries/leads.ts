import { randomBytes, randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import type { SentLead } from '../../../shared/leads/lead'
import { FORM_PAGES } from '../../../shared/leads/form'
import { LEAD_BATCH, LEADS_PATH, type LeadsAnswer } from '../../../shared/protocol/leads'
import { atLeast, atMost, median, type Measured } from '../figure'
import { inNewProfile, type AppPage } from '../app-page'
import type { Planted, World } from '../world'

const LEADS = 10_000
const SUBMITS = 10
const FIELD = 'textarea[name="message"]'
const SENT = '[role="status"]'

interface Visit { kb: number, ms: number }

/** A first visit of the form, to a field that takes input: what the browser fetched by then, and how long it took. */
async function firstVisit(world: World, planted: Planted): Promise<Visit> {
  return inNewProfile(world, planted, async ({ browser, front, page }) => {
    let bytes = 0
    const session = await browser.context.newCDPSession(page)
    session.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength })
    await session.send('Network.enable')
    await page.goto(`${front.origin}${FORM_PAGES}${planted.company}`, { waitUntil: 'commit' })
    const at = await page.evaluate(css => instruments.seen(css), FIELD)
    return { kb: bytes / 1000, ms: at - await page.evaluate(() => performance.timeOrigin) }
  })
}

/** The page to sign in on, to its button: the smallest page of the app. */
async function signInPage(world: World, planted: Planted): Promise<Visit> {
  return inNewProfile(world, planted, async ({ browser, front, page }) => {
    await browser.context.clearCookies()
    await page.evaluate(() => { localStorage.clear() })
    let bytes = 0
    const session = await browser.context.newCDPSession(page)
    session.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength })
    await session.send('Network.enable')
    await page.goto(`${front.origin}/sign-in`, { waitUntil: 'commit' })
    const at = await page.evaluate(() => instruments.seen('form button[type="submit"]'))
    return { kb: bytes / 1000, ms: at - await page.evaluate(() => performance.timeOrigin) }
  })
}

async function fill(page: Page, n: number): Promise<void> {
  await page.locator('input[name="name"]').fill(`Visitor ${n}`)
  await page.locator('input[name="email"]').fill('visitor@example.com')
  await page.locator(FIELD).fill('Please call me about the offer.')
}

/** From the press to the word that it is saved, which stands on the screen once it is. */
async function submits({ front, page }: AppPage, planted: Planted): Promise<number[]> {
  await page.goto(`${front.origin}${FORM_PAGES}${planted.company}`)
  await page.locator(FIELD).waitFor()
  const taken: number[] = []
  for (let n = 0; n < SUBMITS; n++) {
    await fill(page, n)
    taken.push(await page.evaluate(async ([css, word]) => {
      const began = performance.timeOrigin + performance.now()
      document.querySelector<HTMLButtonElement>('button[type="submit"]')?.click()
      return await instruments.seen(css, word) - began
    }, [SENT, 'Thank you.'] as const))
  }
  return taken
}

const lead = (n: number): SentLead => ({
  id: randomUUID(), version: 1, token: randomBytes(24).toString('base64url'), name: `Visitor ${n}`, email: `visitor-${n}@example.com`, phone: null,
  message: `Please call me about the offer, number ${n}.`, score: n % 100, variant: null, age_ms: 0, filled_ms: 9_000, website: '',
})

/** What a tablet that was without a network all day sends, in batches, one after the other as the form does it. Out: leads a second. */
async function upload(world: World, { company }: Planted): Promise<number> {
  await world.stack.sql.query('delete from auth.attempts')
  const leads = Array.from({ length: LEADS }, (_, n) => lead(n))
  const began = performance.now()
  for (let first = 0; first < leads.length; first += LEAD_BATCH) {
    const answer = await fetch(`${world.stack.origin}${LEADS_PATH}`, { method: 'POST', headers: { 'content-type': 'application/json', 'origin': world.stack.origin }, body: JSON.stringify({ company, leads: leads.slice(first, first + LEAD_BATCH) }) })
    const { results } = await answer.json() as Partial<LeadsAnswer>
    if (!results?.every(({ status }) => status === 'stored')) throw new Error(`the server took not all: ${answer.status}`)
  }
  return LEADS / ((performance.now() - began) / 1000)
}

/** The public form: how soon it takes input, how soon a lead is saved, and how fast many go out. */
export async function leads(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  await world.stack.sql.query('update companies set settings = $2 where id = $1', [planted.company, { form: { open: true, consent: '', privacy_url: '' } }])
  const visits = { form: [] as Visit[], signIn: [] as Visit[] }
  const rates: number[] = []
  for (let n = 0; n < world.times; n++) {
    visits.form.push(await firstVisit(world, planted))
    visits.signIn.push(await signInPage(world, planted))
    rates.push(await upload(world, planted))
  }
  const saved = await inNewProfile(world, planted, here => submits(here, planted))
  const of = (all: readonly Visit[], what: keyof Visit) => median(all.map(visit => visit[what]))
  return [
    { name: 'bytes of a first visit to the form until it takes input, against the page to sign in on', value: of(visits.form, 'kb'), unit: 'KB', baseline: of(visits.signIn, 'kb'), goal: atMost(120) },
    { name: 'a first visit to the form until it takes input, against the page to sign in on', value: of(visits.form, 'ms'), unit: 'ms', baseline: of(visits.signIn, 'ms') },
    { name: 'a lead sent off to the word that it is saved', value: median(saved), unit: 'ms' },
    { name: `upload of ${LEADS} leads`, value: median(rates), unit: 'leads/s', goal: atLeast(1000) },
  ]
}
