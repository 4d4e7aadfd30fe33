import { onTestFailed, onTestFinished } from 'vitest'
import { Front } from '../support/front'
import { signIn } from '../support/page'
import type { Person } from '../support/people'
import type { Stack } from '../support/stack'
import { EngineBrowser, type Engine, type EnginePage } from './engine'

export interface EngineVisit { browser: EngineBrowser, front: Front, page: EnginePage }

/** A person opens a new browser of an engine, goes to the app through a front of their own, and signs in. */
export async function visit(stack: Stack, engine: Engine, who: Person, prepare?: (front: Front) => void): Promise<EngineVisit> {
  const front = await Front.before(stack.replicas)
  const browser = await EngineBrowser.open(engine)
  onTestFailed(() => { console.error(`browser of ${who.email}:\n${browser.output}\n${stack.output}`) })
  onTestFinished(async () => {
    await browser.dispose()
    await front.stop()
  })
  prepare?.(front)
  const page = await browser.newPage()
  // All people of a run come from one address: the limit on sign-ins is not what the scenes are about.
  await stack.sql.query('delete from auth.attempts')
  await signIn(page, front.origin, who)
  return { browser, front, page }
}

/** One more tab of the same browser, at the app. */
export async function anotherTab({ browser, front }: EngineVisit, path = '/'): Promise<EnginePage> {
  const page = await browser.newPage()
  await page.goto(`${front.origin}${path}`)
  return page
}
