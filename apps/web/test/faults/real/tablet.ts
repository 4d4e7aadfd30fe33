import type { Page } from 'playwright-core'
import { Browser } from '../../support/browser'
import { fill, isKept, journalOf, LIKE_A_PERSON_MS } from '../../support/lead-form'
import { needle, noByteOf } from '../../support/needles'
import type { Stack } from '../../support/stack'
import { until } from '../../support/wait'
import { Promises, type Entered } from './entered'
import { TabletRoad } from './tablet-road'
import type { TabletEnd, TabletStep } from './tablet-story'

/** Within this all that is sent off has arrived, once nothing is in the way. */
const SENT_WITHIN_MS = 60_000
/** What a person does who finds that the form is not as they expect. */
const PATIENCE_MS = 10_000

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/** A tablet at a stand: a browser of its own at a company's form, which nobody is signed in at. */
export class Tablet {
  readonly browser: Browser
  readonly promises = new Promises()
  readonly #road: TabletRoad
  readonly #company: string
  /** A word for each lead that was typed, which is in its name and its message. */
  readonly #words: string[] = []
  #page: Page
  #typedAt = 0

  private constructor(browser: Browser, road: TabletRoad, page: Page, company: string) {
    this.browser = browser
    this.#road = road
    this.#page = page
    this.#company = company
  }

  static async stand(stack: Stack, company: string): Promise<Tablet> {
    const road = await TabletRoad.before(stack)
    const browser = await Browser.open(undefined, { keepsApp: true })
    const tablet = new Tablet(browser, road, browser.context.pages()[0] ?? await browser.context.newPage(), company)
    await tablet.#come()
    await isKept(tablet.#page)
    return tablet
  }

  /** The page that is looked at. */
  get page(): Page {
    return this.#page
  }

  async take(step: TabletStep): Promise<void> {
    switch (step.do) {
      case 'type': return void (await this.#isTouched() && await this.#type(step))
      case 'enter': return this.#enter(step)
      case 'end': return this.#end(step.end)
      case 'other-tab': {
        const other = this.browser.context.pages().find(page => page !== this.#page)
        this.#page = other ?? await this.browser.context.newPage()
        return other ? undefined : this.#come()
      }
      case 'wait': return pause(step.ms)
      default: return this.#road.take(step, this.browser)
    }
  }

  calm(): Promise<void> {
    return this.#road.take({ do: 'calm' }, this.browser)
  }

  /** All that was sent off is with the server, as the form says: somebody waits for it, and presses what it offers for that. */
  async sendsAll(): Promise<void> {
    const page = this.#page
    await until('the tablet has sent all', async () => {
      const again = page.getByRole('button', { name: 'Try again' })
      if (await again.isVisible()) await again.press('Enter', { timeout: 1_000 }).catch(() => undefined)
      const status = await page.getByTestId('leads-status').textContent()
      if (status && status !== 'Everything is sent') throw new Error(`it says "${status}"`)
      return (await journalOf(page, this.#company))?.every(({ state }) => state === 'draft')
    }, { deadline: SENT_WITHIN_MS, every: 500 })
  }

  /** Whoever had typed something takes it away; then no byte of any lead is on the tablet. The form must be open. */
  async holdsNothing(): Promise<void> {
    for (const other of this.browser.context.pages()) if (other !== this.#page) await other.close()
    await until('nothing of what was typed is noted', async () => {
      const noted = await journalOf(this.#page, this.#company)
      if (!noted) return false
      // One that was begun and killed before anything of it was noted.
      if (noted.every(({ name, email, phone, message }) => name + email + phone + message === '')) return true
      const clear = this.#page.getByRole('button', { name: 'Clear what is entered' })
      if (await clear.isVisible() && await clear.isEnabled()) await clear.press('Enter')
      else await this.#come()
      return false
    }, { deadline: 30_000, every: 300 })
    await this.browser.context.close()
    for (const word of this.#words) await noByteOf(this.browser.profile, word)
  }

  async leave(): Promise<void> {
    await this.browser.close()
    await this.#road.stop()
  }

  async #come(): Promise<void> {
    await this.#page.goto(`${this.#road.origin}/f/${this.#company}?kiosk`)
    await this.#isOpen()
  }

  /** Waits for the form. Out: whether it takes leads. */
  async #isOpen(): Promise<boolean> {
    const [field, closed] = [this.#page.getByLabel('Message'), this.#page.getByText('This form takes no entries any more.')]
    await field.or(closed).first().waitFor({ timeout: 2 * PATIENCE_MS })
    return field.isVisible()
  }

  /** Does what an open form lets one do. Out: false where it was closed meanwhile. */
  async #whileOpen(work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    }
    catch (error) {
      if (await this.#isOpen()) throw error
      return false
    }
  }

  /** Somebody comes to the form, who is another one where nobody was there for long: their first touch takes away what was left. Out: whether it is open. */
  async #isTouched(): Promise<boolean> {
    return await this.#isOpen() && this.#whileOpen(() => this.#page.getByLabel('Name').press('Shift', { timeout: PATIENCE_MS }))
  }

  async #type({ text, phone }: { text: string, phone: string }): Promise<boolean> {
    const word = needle()
    this.#words.push(word)
    const isTyped = await this.#whileOpen(() => fill(this.#page, { name: `Visitor ${word}`, message: `About ${text} (${word}): please call me.`, phone }))
    this.#typedAt = performance.now()
    return isTyped
  }

  async #enter(step: Extract<TabletStep, { do: 'enter' }>): Promise<void> {
    const page = this.#page
    if (!await this.#isTouched()) return
    let isFound = false
    const isRead = await this.#whileOpen(async () => { isFound = (await this.#entered()).message !== '' })
    if (!isRead || !(isFound || await this.#type(step))) return
    await pause(Math.max(0, this.#typedAt + LIKE_A_PERSON_MS - performance.now()))
    let lead: Entered | undefined
    const isPressed = await this.#whileOpen(async () => {
      lead = await this.#entered()
      this.promises.enter(lead)
      const send = page.getByRole('button', { name: 'Send' })
      await (step.presses > 1 ? send.dblclick({ timeout: PATIENCE_MS }) : send.press('Enter', { timeout: PATIENCE_MS }))
    })
    if (!isPressed || !lead) return
    const saved = page.getByText('is saved on this device')
    if (step.isAwaited || step.end === 'none') await saved.waitFor({ timeout: PATIENCE_MS })
    else await pause(step.after)
    if (await saved.isVisible()) this.promises.promise(lead)
    if (step.isAwaited) await pause(step.after)
    return this.#end(step.end)
  }

  /** What stands in the form. */
  async #entered(): Promise<Entered> {
    const valueOf = (label: string) => this.#page.getByLabel(label).inputValue({ timeout: PATIENCE_MS })
    return { name: await valueOf('Name'), email: await valueOf('E-mail'), phone: await valueOf('Phone') || null, message: await valueOf('Message') }
  }

  async #end(end: TabletEnd): Promise<void> {
    const { browser } = this
    switch (end) {
      case 'none': return
      case 'reload': {
        await this.#page.reload()
        return void await this.#isOpen()
      }
      case 'close': {
        const other = browser.context.pages().find(page => page !== this.#page)
        const next = other ?? await browser.context.newPage()
        await this.#page.close()
        this.#page = next
        return other ? undefined : this.#come()
      }
      case 'kill': {
        await browser.kill()
        await browser.reopen()
        await this.#road.tell(browser)
        this.#page = browser.context.pages()[0] ?? await browser.context.newPage()
        return this.#come()
      }
    }
  }
}
