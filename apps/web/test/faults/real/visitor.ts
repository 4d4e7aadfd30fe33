import type { CDPSession, Page } from 'playwright-core'
import { SCHEMA_VERSION } from '../../../shared/generated/catalogue.gen'
import { Browser } from '../../support/browser'
import { Front } from '../../support/front'
import { comeBack, signIn } from '../../support/page'
import type { Person } from '../../support/people'
import type { Stack } from '../../support/stack'
import type { RealStep } from './real-story'

/** One person at one browser, behind a road of their own. */
export class Visitor {
  readonly who: Person
  readonly browser: Browser
  readonly front: Front
  #page: Page
  #limits: CDPSession | undefined

  private constructor(who: Person, browser: Browser, front: Front, page: Page) {
    this.who = who
    this.browser = browser
    this.front = front
    this.#page = page
  }

  static async come(stack: Stack, who: Person): Promise<Visitor> {
    const front = await Front.before(stack.replicas, { secure: true })
    const browser = await Browser.open()
    const page = browser.context.pages()[0] ?? await browser.context.newPage()
    await stack.sql.query('delete from auth.attempts')
    await signIn(page, front.origin, who)
    return new Visitor(who, browser, front, page)
  }

  /** The page that is looked at. */
  get page(): Page {
    return this.#page
  }

  async take(step: RealStep): Promise<void> {
    const { front, browser } = this
    switch (step.do) {
      case 'unplug': {
        front.unplug()
        return step.told ? browser.context.setOffline(true) : undefined
      }
      case 'plug-in': return this.plugIn()
      case 'cut-off': {
        front.unplug()
        return this.plugIn()
      }
      case 'tear': return front.tear(step.times, step.after)
      case 'slow': {
        front.gate = () => new Promise(resolve => setTimeout(resolve, step.ms))
        return
      }
      case 'refuse': return front.refuse(['/api/shapes/'], step.status, { code: 'forbidden' })
      case 'hold-back': {
        front.holdsBack = true
        return
      }
      case 'repeat': {
        front.repeats = true
        return
      }
      case 'fill': return this.#quota(step.room)
      case 'upgrade': {
        await this.plugIn()
        front.rewords = { from: SCHEMA_VERSION, to: `${SCHEMA_VERSION.slice(0, -1)}${step.version}` }
        // A real one has other names of files; these have the same, and would come from the browser's cache.
        await (await browser.context.newCDPSession(this.#page)).send('Network.clearBrowserCache')
        return this.#reload()
      }
      case 'calm': return this.calm()
      case 'second-tab': {
        await this.plugIn()
        const page = await browser.context.newPage()
        await page.goto(front.origin)
        return
      }
      case 'close-first-tab': {
        // The first tab's worker leads: its lock goes to the next one.
        const [first, second] = browser.context.pages()
        if (!first || !second) return
        await first.close()
        this.#limits = undefined
        this.#page = second
        // A tab that another version put aside is loaded again, as its person is asked to.
        if (!front.rewords) return
        await this.plugIn()
        return void await second.reload()
      }
      case 'reload': {
        await this.plugIn()
        return this.#reload()
      }
      case 'kill-browser': {
        await browser.kill()
        await browser.reopen()
        this.#limits = undefined
        this.#page = browser.context.pages()[0] ?? await browser.context.newPage()
        await this.calm()
        return comeBack(this.#page, front.origin, this.who)
      }
    }
  }

  /** One that meets another, which the page began by itself when its code had not come, is one all the same. */
  async #reload(): Promise<void> {
    await this.#page.reload().catch(async (error: unknown) => {
      if (!String(error).includes('ERR_ABORTED')) throw error
      await this.#page.waitForLoadState()
    })
  }

  async plugIn(): Promise<void> {
    this.front.plugIn()
    await this.browser.context.setOffline(false)
  }

  async calm(): Promise<void> {
    const { front } = this
    front.gate = undefined
    front.holdsBack = front.repeats = false
    await this.#quota()
    front.tear(0, 0)
    front.refuse([], 200, {})
    await this.plugIn()
  }

  /** @param room how many bytes more the browser gives; as many as it has where not given */
  async #quota(room?: number): Promise<void> {
    // The override ends with the session that it was asked in.
    this.#limits ??= await this.browser.context.newCDPSession(this.#page)
    const { origin } = this.front
    if (room === undefined) return void await this.#limits.send('Storage.overrideQuotaForOrigin', { origin })
    const { usage } = await this.#limits.send('Storage.getUsageAndQuota', { origin })
    await this.#limits.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + room })
  }

  async leave(): Promise<void> {
    await this.browser.close()
    await this.front.stop()
  }
}
