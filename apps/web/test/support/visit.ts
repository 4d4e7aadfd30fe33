import type { Page } from 'playwright-core'
import { onTestFailed, onTestFinished } from 'vitest'
import { Browser } from './browser'
import type { Launch } from './chromium'
import { Front } from './front'
import { signIn } from './page'
import type { Person } from './people'
import type { Stack } from './stack'

export interface Visit { browser: Browser, front: Front, page: Page }

/**
 * A person opens a new browser, goes to the app through a front of their own, over TLS and HTTP/2, and signs in.
 * Everything is closed when the test has ended, and what went wrong behind the scene is printed when it failed.
 */
export async function visit(stack: Stack, who: Person, prepare?: (front: Front) => void, keepsApp = false): Promise<Visit> {
  return come(stack, who, await Front.before(stack.replicas, { secure: true }), { prepare, keepsApp })
}

/** The same over plain HTTP/1.1, of which a browser opens six connections to one place and no more. */
export async function plainVisit(stack: Stack, who: Person): Promise<Visit> {
  return come(stack, who, await Front.before(stack.replicas), {})
}

async function come(stack: Stack, who: Person, front: Front, { prepare, keepsApp = false }: { prepare?: ((front: Front) => void) | undefined, keepsApp?: boolean }): Promise<Visit> {
  onTestFinished(() => front.stop())
  prepare?.(front)
  return { front, ...await enter(stack, who, front.origin, { keepsApp }) }
}

async function enter(stack: Stack, who: Person, origin: string, launch: Launch): Promise<Pick<Visit, 'browser' | 'page'>> {
  const browser = await Browser.open(undefined, launch)
  onTestFailed(() => {
    console.error([`browser of ${who.email}:`, ...browser.complaints.slice(-15), stack.output].join('\n'))
  })
  // Before what it is connected to: the last ones registered are the first to run.
  onTestFinished(() => browser.close())
  const page = browser.context.pages()[0] ?? await browser.context.newPage()
  // All people of a run come from one address: the limit on sign-ins is not what the scenes are about.
  await stack.sql.query('delete from auth.attempts')
  await signIn(page, origin, who)
  return { browser, page }
}

/** One more tab of the same browser, at the app. */
export async function anotherTab({ browser, front }: Visit, path = '/'): Promise<Page> {
  const page = await browser.context.newPage()
  await page.goto(`${front.origin}${path}`)
  return page
}
