import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { Browser, processesOf } from '../support/browser'
import { Front } from '../support/front'
import { localSql, PASSWORD } from '../support/page'
import { until } from '../support/wait'

/** What a first visit is: whose, and the page that they open first. */
export interface Plan { origin: string, person: { id: string, email: string, name: string }, path: string, rows: number, workerFolder?: string }

/** Milliseconds and mebibytes of one first visit in a new profile. */
export interface Visited {
  /** From opening the page to the first rows of folders painted. */
  firstRows: number
  /** From the last byte of the first page of folders to the first of its rows painted. */
  paintedAfterPage: number
  /** From the first request for folders to the complete copy. */
  copy: number
  /** From opening the page to the complete copy. */
  complete: number
  /** Memory of the page's process: highest, and after the sync. */
  peak: number
  after: number
}

/** Opens the app as a person who was never here, on a page that lists folders, and measures until the copy is complete. */
export async function firstVisit({ origin, person, path, rows, workerFolder }: Plan): Promise<Visited> {
  const front = await Front.before(origin)
  const browser = await Browser.open()
  try {
    if (workerFolder) front.serve('/workers/', workerFolder)
    const page = browser.context.pages()[0] ?? await browser.context.newPage()
    await enter(page, front.origin, person)
    await page.addInitScript(NOTE_PAINT)
    const opened = Date.now()
    await page.goto(`${front.origin}${path}`)
    const painted = await until('rows of folders are painted', () => page.evaluate(() => (globalThis as { firstRow?: number }).firstRow), { deadline: 180_000, every: 100 })
    await until('the copy is complete', async () => {
      const [row] = await localSql<{ n: number }>(page, 'select count(*)::int as n from folders', [], 60_000)
      return row?.n === rows
    }, { deadline: 180_000, every: 200 })
    const complete = Date.now()
    const first = front.requests.find(r => r.shape === 'folders')
    if (!first?.to) throw new Error('folders were never asked for')
    const zero = performance.timeOrigin
    return {
      firstRows: painted - opened, paintedAfterPage: painted - (zero + first.to),
      copy: complete - (zero + first.from), complete: complete - opened, ...memoryOf(browser.profile),
    }
  }
  finally {
    await browser.close()
    await front.stop()
  }
}

/** Signs in without loading the app, so that the visit that is measured is the first. */
async function enter(page: Page, origin: string, person: Plan['person']): Promise<void> {
  await page.goto(`${origin}/api/health`)
  const status = await page.evaluate(async ({ email, password, user }) => {
    const answer = await fetch('/api/auth/sign-in', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password }) })
    localStorage.setItem('mvdb:user', JSON.stringify(user))
    return answer.status
  }, { email: person.email, password: PASSWORD, user: person })
  if (status !== 200) throw new Error(`sign-in answered ${status}`)
}

/**
 * Runs in the page: notes when the first row of the folder tree has been on the screen. A text, because the names that
 * a compiler gives to functions do not exist in the page.
 */
const NOTE_PAINT = `
  const look = () => document.querySelector('[role="treeitem"]')
    ? requestAnimationFrame(() => setTimeout(() => { globalThis.firstRow = Date.now() }))
    : requestAnimationFrame(look)
  requestAnimationFrame(look)`

/** The largest process of a profile: the page's, in which the worker runs too. */
function memoryOf(profile: string): { peak: number, after: number } {
  const read = (pid: number, field: string) => {
    try {
      return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
    }
    catch {
      return 0
    }
  }
  const renderers = processesOf(profile).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')
    }
    catch {
      return false
    }
  })
  return { peak: Math.max(0, ...renderers.map(pid => read(pid, 'VmHWM'))), after: Math.max(0, ...renderers.map(pid => read(pid, 'VmRSS'))) }
}
