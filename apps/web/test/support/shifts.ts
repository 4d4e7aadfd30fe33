import type { BrowserContext, Page } from 'playwright-core'

/** What a page may jump by itself (CLS). */
export const STILL = 0.02

/** A text, because the names that a compiler gives do not exist in the page. */
const NOTE_SHIFTS = `
  globalThis.shifted = 0
  globalThis.shiftsFrom = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput && entry.startTime > globalThis.shiftsFrom) globalThis.shifted += entry.value
  }).observe({ type: 'layout-shift', buffered: true })`

/** Notes from the next navigation on how much of a page jumps by itself. */
export const noteShifts = (of: Page | BrowserContext) => of.addInitScript(NOTE_SHIFTS)

/** How much of the page jumped since it was loaded, or since `forgetShifts`. */
export const shifted = (page: Page) => page.evaluate(() => (globalThis as { shifted?: number }).shifted ?? Number.NaN)

/** Forgets what has moved so far, also what the browser has yet to say of it. */
export const forgetShifts = (page: Page) => page.evaluate(() => { Object.assign(globalThis, { shifted: 0, shiftsFrom: performance.now() }) })
