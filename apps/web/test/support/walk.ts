import type { Page } from 'playwright-core'
import { Browser } from './browser'
import { Front } from './front'
import { signIn } from './page'
import type { Person } from './people'
import { SIGHTS, type Places, type Sight, type Viewer } from './pages'
import { forgetShifts, noteShifts, shifted } from './shifts'
import type { Stack } from './stack'
import { until } from './wait'

interface Local { query: (sql: string, params: unknown[]) => Promise<{ yes: boolean }[]> }
interface NuxtRoot extends Element { __vue_app__?: { $nuxt?: { $router: { push: (path: string) => Promise<unknown> }, $pglite?: Local } } }

export interface Walk {
  people: Record<Exclude<Viewer, 'nobody'>, Pick<Person, 'id' | 'email'>>
  places: Places
  /** The sights to go to; all where not given. */
  sights?: readonly Sight[]
  /** Called at each, when it stands still; `jumped` is how much of it moved by itself on the way there. */
  look: (sight: Sight, page: Page, jumped: number) => Promise<void>
  /** Called with the sight that could not be reached, and why; otherwise the walk ends there. */
  missed?: (sight: Sight, error: unknown) => void
}

/** Where rows come from. */
const ROWS = ['/api/shapes/', '/api/reads/']
const REFUSAL = { code: 'forbidden', message: 'The server does not hand this out.', next: 'Ask who runs it.' }

/** Goes through the pages of the table, each viewer in a browser of their own, by the app's own navigation. */
export async function walk(stack: Stack, { people, places, sights = SIGHTS, look, missed }: Walk): Promise<void> {
  for (const viewer of new Set(sights.map(sight => sight.viewer))) {
    const front = await Front.before(stack.replicas, { secure: true })
    const browser = await Browser.open()
    try {
      const page = browser.context.pages()[0] ?? await browser.context.newPage()
      await noteShifts(page)
      await stack.sql.query('delete from auth.attempts')
      if (viewer === 'unlucky') front.refuse(ROWS, 403, REFUSAL)
      if (viewer === 'waiting') front.stall(ROWS)
      if (viewer === 'nobody') await page.goto(`${front.origin}/sign-in`)
      else await signIn(page, front.origin, people[viewer])
      if (viewer === 'unlucky') await says(page, 'select bool_or(error_code is not null) as yes from sync_status')
      if (viewer === 'owner' || viewer === 'guest') await says(page, 'select count(*) > 3 and bool_and(complete) as yes from sync_status')
      if (viewer === 'newcomer') await says(page, 'select count(*) = 2 and bool_and(complete) as yes from sync_status')
      if (viewer === 'waiting') await says(page, 'select count(*) > 0 as yes from sync_status')
      const mine = sights.filter(one => one.viewer === viewer)
      // Code of a page comes with its first visit, or when the copy is whole: here it never is.
      if (viewer === 'waiting') for (const path of ['/settings', ...mine.map(sight => sight.path(places))]) await push(page, path)
      for (const sight of mine) {
        try {
          if (sight.offline) await unplug(front, browser)
          if (sight.stalls) front.stall([sight.stalls(places)])
          if (sight.refuses) front.refuse([sight.refuses(places)], 403, REFUSAL)
          const jumped = await goTo(page, sight, places)
          await look(sight, page, jumped)
        }
        catch (error) {
          if (!missed) throw error
          missed(sight, error)
        }
        if (sight.act) await page.keyboard.press('Escape')
        if (sight.stalls) front.stall([])
        if (sight.refuses) front.refuse([], 403, REFUSAL)
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

/** @returns how much of the page moved by itself */
async function goTo(page: Page, { path, heading, face, act, name }: Sight, places: Places): Promise<number> {
  const to = path(places)
  // A page that is come to again stays as it was left: with its panel open, and its list as it was read.
  if (new URL(page.url()).pathname === to) await push(page, '/settings')
  await push(page, to)
  // That another page takes the place of this one was asked for. What moves from here on moves by itself.
  await forgetShifts(page)
  await until(`${name} (${to}) is on the screen`, async () => {
    const headings = await page.locator('h1').allInnerTexts()
    return headings.some(text => heading.test(text.trim())) && (face === 'loading' || await page.locator('.animate-pulse').count() === 0)
  }, { deadline: 15_000 })
  // What an act moves was asked for, too.
  const before = await shifted(page)
  page.setDefaultTimeout(10_000)
  await act?.(page)
  await until(`${name} has the face ${face ?? 'of rows'}`, async () => {
    const faces = await page.locator('main [data-face]:visible, [role=dialog] [data-face]:visible').evaluateAll(all => all.map(one => one.getAttribute('data-face')))
    return face ? faces.length > 0 && faces.every(one => one === face) : faces.every(one => one === 'empty')
  }, { deadline: 15_000 })
  await standsStill(page)
  return act ? before : shifted(page)
}

/** Goes to another page as a link of the app does; resolves when it is painted. */
export const push = (page: Page, to: string) => page.evaluate(async (address) => {
  const root: NuxtRoot | null = document.querySelector('#__nuxt')
  await root?.__vue_app__?.$nuxt?.$router.push(address)
  await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))
}, to)

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
  }, sql), { deadline: 180_000 })
}
