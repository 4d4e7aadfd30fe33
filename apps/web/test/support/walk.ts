import type { Page } from 'playwright-core'
import { Browser } from './browser'
import { Front } from './front'
import { signIn } from './page'
import type { Person } from './people'
import { SIGHTS, type Places, type Sight, type Viewer } from './pages'
import type { Stack } from './stack'
import { until } from './wait'

interface Local { query: (sql: string, params: unknown[]) => Promise<{ yes: boolean }[]> }
interface NuxtRoot extends Element { __vue_app__?: { $nuxt?: { $router: { push: (path: string) => Promise<unknown> }, $pglite?: Local } } }

export interface Walk {
  people: Record<Exclude<Viewer, 'nobody'>, Pick<Person, 'id' | 'email'>>
  places: Places
  /** The sights to go to; all where not given. */
  sights?: readonly Sight[]
  /** Called at each, when it stands still. */
  look: (sight: Sight, page: Page) => Promise<void>
  /** Called with the sight that could not be reached, and why; otherwise the walk ends there. */
  missed?: (sight: Sight, error: unknown) => void
}

/** Goes through the pages of the table, each viewer in a browser of their own, by the app's own navigation. */
export async function walk(stack: Stack, { people, places, sights = SIGHTS, look, missed }: Walk): Promise<void> {
  for (const viewer of new Set(sights.map(sight => sight.viewer))) {
    const front = await Front.before(stack.origin)
    const browser = await Browser.open()
    try {
      const page = browser.context.pages()[0] ?? await browser.context.newPage()
      await stack.sql.query('delete from auth.attempts')
      if (viewer === 'unlucky') front.refuse(['/api/shapes/', '/api/reads/'], 403, { code: 'forbidden', message: 'The server does not hand this out.', next: 'Ask who runs it.' })
      if (viewer === 'nobody') await page.goto(`${front.origin}/sign-in`)
      else await signIn(page, front.origin, people[viewer])
      if (viewer === 'unlucky') await says(page, 'select bool_or(error_code is not null) as yes from sync_status')
      if (viewer === 'owner' || viewer === 'guest') await says(page, 'select count(*) > 3 and bool_and(complete) as yes from sync_status')
      for (const sight of sights.filter(one => one.viewer === viewer)) {
        try {
          if (sight.offline) await unplug(front, browser)
          await goTo(page, sight, places)
          await look(sight, page)
        }
        catch (error) {
          if (!missed) throw error
          missed(sight, error)
        }
        await page.keyboard.press('Escape')
      }
    }
    finally {
      await browser.close()
      await front.stop()
    }
  }
}

async function unplug(front: Front, browser: Browser): Promise<void> {
  front.unplug()
  await browser.context.setOffline(true)
}

async function goTo(page: Page, { path, heading, act, name }: Sight, places: Places): Promise<void> {
  const to = path(places)
  await page.evaluate(async (address) => {
    const root: NuxtRoot | null = document.querySelector('#__nuxt')
    await root?.__vue_app__?.$nuxt?.$router.push(address)
  }, to)
  await until(`${name} (${to}) is on the screen`, async () => {
    const headings = await page.locator('h1').allInnerTexts()
    return headings.some(text => heading.test(text.trim())) && await page.locator('.animate-pulse').count() === 0
  }, { deadline: 15_000 })
  page.setDefaultTimeout(10_000)
  await act?.(page)
  await standsStill(page)
}

/** Waits until nothing moves: a menu that is half open has half its contrast. Turning icons turn on. */
export async function standsStill(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))
    const moving = document.getAnimations().filter(one => one.effect?.getComputedTiming().iterations !== Infinity)
    await Promise.all(moving.map(one => one.finished.catch(() => undefined)))
  })
}

/** Waits until the local database answers a question with yes. */
async function says(page: Page, sql: string): Promise<void> {
  await until(sql, () => page.evaluate(async (question) => {
    const root: NuxtRoot | null = document.querySelector('#__nuxt')
    const rows = await root?.__vue_app__?.$nuxt?.$pglite?.query(question, [])
    return rows?.[0]?.yes === true
  }, sql), { deadline: 60_000 })
}
