import type { Page } from 'playwright-core'
import { isGiven } from '../../support/backend'
import type { Browser } from '../../support/browser'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { company, person, type Person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { actOut } from '../story/acts'
import type { Promises } from './entered'
import type { RealStep, RealStory } from './real-story'
import { Tablet } from './tablet'
import { Visitor } from './visitor'

/** After the last fault all must be equal within so long: a connection that died is noticed in 15 s, a wait between tries is 10 s. */
const SETTLED_WITHIN_MS = 60_000

/** Tells a real story. @throws with what differs, and what the browsers and the servers said */
export async function tellReal(stack: Stack, story: RealStory): Promise<void> {
  const { sql } = stack
  await stack.mend()
  const people = [await person(sql, 'Fia'), await person(sql, 'Ulf')]
  const made = await company(sql, people.map((who, n) => [who, story.roles[n] ?? 'member']), { folders: story.folders })
  const visitors: Visitor[] = []
  const standing = Tablet.stand(stack, made.id)
  const seeEqual = () => holdsWhatTheyMaySee(sql, visitors.map(({ page, who }) => ({ page, user: who })), { deadline: SETTLED_WITHIN_MS })
  try {
    await together(standing, (async () => {
      for (const who of people) visitors.push(await Visitor.come(stack, who))
      await seeEqual()
    })())
    const tablet = await standing
    await together(inTurn(story.tablet, step => tablet.take(step)), inTurn(story.steps, step => take(stack, { people, companies: [made.id], promises: tablet.promises }, visitors, step)))
    await stack.mend()
    for (const visitor of visitors) await visitor.calm()
    await tablet.calm()
    await tablet.sendsAll()
    await together(seeEqual(), tablet.promises.holdIn(sql, made.id))
    await sql.query('update companies set deleted_at = null where id = $1 and deleted_at is not null', [made.id])
    await tablet.holdsNothing()
  }
  catch (error) {
    const tablet = await standing.catch(() => undefined)
    const said = await Promise.all([
      ...visitors.map(({ who, browser, page }) => saidBy(`browser of ${who.email}`, browser, page)),
      ...tablet ? [saidBy(`tablet:\n${tablet.promises.told}`, tablet.browser, tablet.page)] : [],
    ])
    throw new Error([error instanceof Error ? error.stack : String(error), ...said, stack.output].join('\n'), { cause: error })
  }
  finally {
    for (const visitor of visitors) await visitor.leave()
    await standing.then(tablet => tablet.leave(), () => undefined)
  }
}

/** Waits until all have come to their end, and throws what the first of them threw: nothing goes on behind a story that is over. */
async function together(...works: Promise<unknown>[]): Promise<void> {
  const ends = await Promise.allSettled(works)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

async function inTurn<Step>(steps: readonly Step[], take: (step: Step) => Promise<void>): Promise<void> {
  for (const step of steps) await take(step)
}

async function saidBy(name: string, browser: Browser, page: Page): Promise<string> {
  return `${name}:\n${browser.complaints.slice(-15).join('\n')}\n${await shownOn(page)}`
}

/** Where a page is, and what a person reads on it. */
async function shownOn(page: Page): Promise<string> {
  const text = await page.evaluate(() => document.body.textContent.slice(0, 500)).catch((error: unknown) => String(error))
  return `at ${page.url()} it shows:\n${text}`
}

interface Scene { people: Person[], companies: string[], promises: Promises }

async function take(stack: Stack, scene: Scene, visitors: readonly Visitor[], step: RealStep): Promise<void> {
  switch (step.do) {
    case 'act': return act(stack, scene, step)
    case 'wait': return new Promise(resolve => setTimeout(resolve, step.ms))
    case 'kill-one-server': {
      await stack.killServer(0)
      return stack.mend()
    }
    case 'kill-servers': {
      await stack.killServers()
      return stack.mend()
    }
    case 'kill-stack': {
      if (isGiven) return
      await Promise.all([stack.killElectric(), stack.killPostgres()])
      return stack.mend()
    }
    default: return visitors[step.browser % visitors.length]?.take(step)
  }
}

/** What members do to the company is news for what was promised at the tablet. */
async function act({ sql }: Stack, scene: Scene, step: Extract<RealStep, { do: 'act' }>): Promise<void> {
  if (step.act === 'company-delete') scene.promises.closed()
  const names = async () => new Set((await sql.query<{ name: string }>('select name from leads where company_id = $1', [scene.companies[0]])).rows.map(({ name }) => name))
  const before = step.act === 'lead-remove' ? await names() : new Set<string>()
  await actOut({ sql, ...scene }, step.act, step)
  if (before.size === 0) return
  const after = await names()
  for (const name of before) if (!after.has(name)) scene.promises.deleted(name)
}
