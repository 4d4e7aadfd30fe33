import { Browser } from '../support/browser'
import { PASSWORD } from '../support/page'
import { until } from '../support/wait'

/** Whose visit, and the page that they open first. */
export interface FirstVisit { origin: string, person: { id: string, email: string, name: string }, path: string }

/** Milliseconds of one first visit, from the start of the navigation. */
export interface FirstRows {
  /** Until this many lines of the folder tree are painted: the goal is 500. */
  firstRows: number
  /** Until the page's first contents of any kind are painted. */
  firstPaint: number
  /** Until the page asked the server for the first read, and until it had the answer for the folders. */
  asked: number
  answered: number
  /** When the navigation began, in ms since 1970: what others saw happen is held against it. */
  opened: number
  /** Bytes on the wire by then, without PGlite's own files. */
  bytes: number
}

const LINES = 50

/**
 * One first visit: someone who is signed in and was never here opens the deep link of a workspace with at least 50
 * folders at its top, in a new profile, against the built app. The bench calls it five times or more and takes medians.
 * The window is high enough for 50 lines, because a list has only those lines in the page that are on the screen.
 * The browser stays open until `before` is over, which comes after the rows.
 */
export async function measureFirstVisit({ origin, person, path }: FirstVisit, before: () => Promise<unknown> = async () => undefined): Promise<FirstRows> {
  const browser = await Browser.open()
  try {
    const page = browser.context.pages()[0] ?? await browser.context.newPage()
    await page.setViewportSize({ width: 1280, height: 2400 })
    await page.goto(`${origin}/api/health`)
    const status = await page.evaluate(async ({ email, password, user }) => {
      const answer = await fetch('/api/auth/sign-in', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password }) })
      localStorage.setItem('mvdb:user', JSON.stringify(user))
      return answer.status
    }, { email: person.email, password: PASSWORD, user: person })
    if (status !== 200) throw new Error(`sign-in answered ${status}`)
    await page.addInitScript(NOTE_LINES)
    await page.goto(`${origin}${path}`, { waitUntil: 'commit' })
    const firstRows = await until(`${LINES} lines of the tree are painted`, () => page.evaluate(() => (globalThis as { painted?: number }).painted), { deadline: 180_000, every: 100 })
    await before()
    return { firstRows, ...await page.evaluate((painted) => {
      const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
      const reads = entries.filter(entry => entry.name.includes('/api/reads/'))
      const tops = reads.find(entry => entry.name.includes('/api/reads/folders-top'))
      const own = entries.filter(entry => entry.responseEnd <= painted && !entry.name.includes('/workers/'))
      return {
        opened: performance.timeOrigin,
        firstPaint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
        asked: Math.min(...reads.map(entry => entry.startTime)),
        answered: tops?.responseEnd ?? Number.NaN,
        bytes: own.reduce((sum, entry) => sum + entry.transferSize, 0),
      }
    }, firstRows) }
  }
  finally {
    await browser.close()
  }
}

/**
 * Runs in the page: notes when so many lines of the tree have been on the screen, in ms since the navigation. A text,
 * because the names that a compiler gives to functions do not exist in the page.
 */
const NOTE_LINES = `
  const look = () => document.querySelectorAll('[role="treeitem"]').length >= ${LINES}
    ? requestAnimationFrame(() => setTimeout(() => { globalThis.painted = performance.now() }))
    : requestAnimationFrame(look)
  requestAnimationFrame(look)`
