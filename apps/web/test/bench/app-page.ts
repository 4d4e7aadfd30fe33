import type { Page } from 'playwright-core'
import { Browser } from '../support/browser'
import type { Launch } from '../support/chromium'
import { Front } from '../support/front'
import { localSql, PASSWORD } from '../support/page'
import { within } from '../support/wait'
import type { BareServer } from './bare-server'
import type { Planted, World } from './world'
// What these put into the pages under global names.
import type {} from './page/app'
import type {} from './page/bare'

/** Nobody waits longer for a copy: what hangs is an error, not a long figure. */
export const COPY_MS = 300_000

/** The app in a browser with a new profile, signed in, at no page of it yet. */
export interface AppPage { browser: Browser, front: Front, page: Page }

/** Opens a new profile, gives it to the work, and takes everything away afterwards. */
export async function inNewProfile<T>(world: World, { person }: Pick<Planted, 'person'>, work: (here: AppPage) => Promise<T>, { workerFolder, ...launch }: Launch & { workerFolder?: string } = {}): Promise<T> {
  const front = await Front.before(world.stack.replicas)
  const browser = await Browser.open(undefined, launch)
  try {
    if (workerFolder) front.serve('/workers/', workerFolder)
    const page = browser.context.pages()[0] ?? await browser.context.newPage()
    // All visits come from one address: the limit on sign-ins is not what is measured.
    await world.stack.sql.query('delete from auth.attempts')
    await enter(page, front.origin, person)
    await browser.context.addInitScript({ content: await world.instruments() })
    return await work({ browser, front, page })
  }
  finally {
    await browser.close()
    await front.stop()
  }
}

/** A page with nothing of the app, in a new profile; with the planted company's folders unless it is given another server. */
export async function onBarePage<T>(world: World, work: (page: Page, browser: Browser) => Promise<T>, server?: BareServer): Promise<T> {
  const bare = server ?? await world.bare()
  const browser = await Browser.open()
  try {
    const page = browser.context.pages()[0] ?? await browser.context.newPage()
    await page.goto(bare.origin)
    await page.waitForFunction(() => 'bare' in globalThis)
    return await work(page, browser)
  }
  finally {
    await browser.close()
  }
}

/** Opens the company's page and waits for the complete copy. Gives the moment of it, in milliseconds since 1970. */
export async function openComplete(here: AppPage, planted: Planted): Promise<number> {
  await here.page.goto(`${here.front.origin}${planted.path}`)
  return waitComplete(here, planted)
}

/** Waits for the complete copy on a page that is open. Gives the moment of it, in milliseconds since 1970. */
export async function waitComplete({ page }: Pick<AppPage, 'page'>, { company, folders }: Planted): Promise<number> {
  const at = await within(page.evaluate(id => instruments.complete(id), company), COPY_MS, 'the copy is complete')
  const [row] = await localSql<{ n: number }>(page, 'select count(*)::int as n from folders', [], 60_000)
  if (row?.n !== folders) throw new Error(`the copy calls itself complete with ${row?.n} of ${folders} folders`)
  return at
}

/** Signs in without loading the app, so that the visit that is measured is the first. */
async function enter(page: Page, origin: string, person: Planted['person']): Promise<void> {
  await page.goto(`${origin}/api/health`)
  const status = await page.evaluate(async ({ email, password, user }) => {
    const answer = await fetch('/api/auth/sign-in', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password }) })
    localStorage.setItem('mvdb:user', JSON.stringify(user))
    return answer.status
  }, { email: person.email, password: PASSWORD, user: person })
  if (status !== 200) throw new Error(`sign-in answered ${status}`)
}
