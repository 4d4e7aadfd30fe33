import type { Page } from 'playwright-core'
import { onTestFailed, onTestFinished } from 'vitest'
import { Browser } from './browser'
import { Front } from './front'
import { signIn } from './page'
import type { Person } from './people'
import type { Stack } from './stack'

export interface Visit { browser: Browser, front: Front, page: Page }

/**
 * A person opens a new browser, goes to the app through a front of their own, and signs in.
 * Everything is closed when the test has ended, and what went wrong behind the scene is printed when it failed.
 */
export async function visit(stack: Stack, who: Person, prepare?: (front: Front) => void, keepsApp = false): Promise<Visit> {
  const front = await Front.before(stack.origin)
  const browser = await Browser.open(undefined, { keepsApp })
  onTestFailed(() => {
    console.error([`browser of ${who.email}:`, ...browser.complaints.slice(-15), stack.output].join('\n'))
  })
  onTestFinished(async () => {
    await browser.close()
    await front.stop()
  })
  prepare?.(front)
  const page = browser.context.pages()[0] ?? await browser.context.newPage()
  // All people of a run come from one address: the limit on sign-ins is not what the scenes are about.
  await stack.sql.query('delete from auth.attempts')
  await signIn(page, front.origin, who)
  return { browser, front, page }
}

/** One more tab of the same browser, at the app. */
export async function anotherTab({ browser, front }: Visit, path = '/'): Promise<Page> {
  const page = await browser.context.newPage()
  await page.goto(`${front.origin}${path}`)
  return page
}
