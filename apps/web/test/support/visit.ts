import type { Page } from 'playwright-core'
import { onTestFailed, onTestFinished } from 'vitest'
import { Browser } from './browser'
import type { Launch } from './chromium'
import { Front } from './front'
import { signIn } from './page'
import type { Person } from './people'
import { SecureEdge } from './secure-edge'
import type { Stack } from './stack'

export interface Visit { browser: Browser, front: Front, page: Page }

/** A visit over TLS and HTTP/2; the front stands behind the edge and sees each request as HTTP/1.1. */
export interface SecureVisit extends Visit { edge: SecureEdge }

/**
 * A person opens a new browser, goes to the app through a front of their own, and signs in.
 * Everything is closed when the test has ended, and what went wrong behind the scene is printed when it failed.
 */
export async function visit(stack: Stack, who: Person, prepare?: (front: Front) => void, keepsApp = false): Promise<Visit> {
  const front = await Front.before(stack.origin)
  onTestFinished(() => front.stop())
  prepare?.(front)
  return { front, ...await enter(stack, who, front.origin, { keepsApp }) }
}

/** The same through an edge before that front, as from outside: TLS and HTTP/2. */
export async function secureVisit(stack: Stack, who: Person): Promise<SecureVisit> {
  const front = await Front.before(stack.origin)
  onTestFinished(() => front.stop())
  const edge = await SecureEdge.before(front.origin)
  onTestFinished(() => edge.stop())
  return { front, edge, ...await enter(stack, who, edge.origin, { takesAnyCertificate: true }) }
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
