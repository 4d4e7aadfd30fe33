import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Builder, By, Capabilities, until as found, type WebDriver } from 'selenium-webdriver'
import { Child, freePort } from '../support/child'
import { until } from '../support/wait'
import type { Engine, EnginePage } from './engine'

const PLACES = ['/usr/bin/WebKitWebDriver']
/** Python with the engine's bindings is a program of the system: another one on the PATH does not have them. */
const BROWSER = ['/usr/bin/python3', fileURLToPath(new URL('webkit-browser.py', import.meta.url))] as const
const ELEMENT_MS = 20_000

/** Where the driver is: WEBKIT_DRIVER_PATH, or one on the system. Throws with what to do. */
function driverPath(): string {
  const path = process.env.WEBKIT_DRIVER_PATH ?? PLACES.find(place => existsSync(place))
  if (!path) throw new Error('No WebKitWebDriver found. Set WEBKIT_DRIVER_PATH to one, or install the packages webkit2gtk-driver, gir1.2-webkit2-4.1, python3-gi and xvfb.')
  return path
}

/** WebKitGTK by WebDriver, on a screen that nobody sees. */
export const webkit: Engine = async (profile) => {
  const screen = new Child('the screen', 'Xvfb', ['-displayfd', '1', '-nolisten', 'tcp'], { cwd: profile })
  const display = await screen.ready('it says its number', () => /^\d+\n/.exec(screen.stdout)?.[0].trim())
  const port = await freePort()
  const service = new Child('WebKitWebDriver', driverPath(), [`--port=${port}`], {
    cwd: profile,
    env: {
      PATH: process.env.PATH, HOME: profile, DISPLAY: `:${display}`, LIBGL_ALWAYS_SOFTWARE: '1', GDK_BACKEND: 'x11',
      // The engine's sandbox does not start for root.
      ...process.getuid?.() === 0 ? { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' } : {},
    },
  })
  await service.ready('it answers', async () => (await fetch(`http://127.0.0.1:${port}/status`).catch(() => undefined))?.ok)
  const [binary, script] = BROWSER
  const capabilities = new Capabilities({ 'browserName': 'KeptBrowser', 'webkitgtk:browserOptions': { binary, args: [script, profile] } })
  const driver = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build()
  await driver.manage().setTimeouts({ script: 60_000, pageLoad: 60_000 })
  const version = `WebKitGTK/${(await driver.getCapabilities()).get('browserVersion')}`
  const abandon = async () => {
    await service.end('SIGTERM')
    await screen.end('SIGTERM')
  }
  const tabs = new Tabs(driver)
  return {
    version,
    output: () => service.output.slice(-2_000),
    newPage: () => tabs.open(),
    close: async () => {
      await driver.quit()
      await abandon()
    },
    abandon,
  }
}

/** WebDriver looks at one tab at a time: what is done in one is done as a whole before the next. */
class Tabs {
  readonly #driver: WebDriver
  #last: Promise<unknown> = Promise.resolve()
  #first: string | undefined
  #asked = 0

  constructor(driver: WebDriver) {
    this.#driver = driver
  }

  async open(): Promise<EnginePage> {
    return this.#page(await this.#alone(async () => {
      // A new browser has one already.
      if (this.#first === undefined) return this.#first = await this.#driver.getWindowHandle()
      const [any = ''] = await this.#driver.getAllWindowHandles()
      await this.#driver.switchTo().window(any)
      await this.#driver.switchTo().newWindow('tab')
      return this.#driver.getWindowHandle()
    }))
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }

  #page(handle: string): EnginePage {
    const driver = this.#driver
    const inTab = <T>(work: () => Promise<T>) => this.#alone(async () => {
      await driver.switchTo().window(handle)
      return work()
    })
    const element = (selector: string) => driver.wait(found.elementLocated(By.css(selector)), ELEMENT_MS)
    const seen = async (selector: string) => driver.wait(found.elementIsVisible(await element(selector)), ELEMENT_MS)
    return {
      // Asked and then looked for, so that an answer that takes long keeps no other tab waiting.
      evaluate: async (run, given) => {
        const name = `asked${++this.#asked}`
        await inTab(() => driver.executeScript(ask(run.toString()), name, given))
        const answer = await until<Answer>('the page answers', () => inTab(() => driver.executeScript(TAKE, name)), { deadline: 60_000, every: 15 })
        if (answer.error !== undefined) throw new Error(answer.error)
        return (answer.value === undefined ? undefined : JSON.parse(answer.value)) as never
      },
      goto: url => inTab(() => driver.get(url)),
      reload: () => inTab(() => driver.navigate().refresh()),
      fill: (selector, text) => inTab(async () => {
        const field = await seen(selector)
        await field.clear()
        await field.sendKeys(text)
      }),
      click: selector => inTab(async () => (await seen(selector)).click()),
      close: () => inTab(() => driver.close()),
    }
  }
}

interface Answer { value?: string, error?: string }

/** The function is part of the script: the page's own policy lets nobody make one of a text. */
const ask = (run: string) => `
const [name, given] = arguments
const answers = window.__asked ??= {}
Promise.resolve(given).then(${run})
  .then(value => { answers[name] = { value: JSON.stringify(value) } }, error => { answers[name] = { error: String(error) } })`

const TAKE = `
const answers = window.__asked
if (!answers) return { error: 'the page was left' }
const answer = answers[arguments[0]]
delete answers[arguments[0]]
return answer ?? null`
