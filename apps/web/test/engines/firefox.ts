import { existsSync } from 'node:fs'
import { launch, type Page } from 'puppeteer-core'
import type { Engine, EnginePage } from './engine'

const PLACES = ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox']

/** Where Firefox is: FIREFOX_PATH, or one on the system. Throws with what to do. */
function firefoxPath(): string {
  const found = process.env.FIREFOX_PATH ?? PLACES.find(place => existsSync(place))
  if (!found) throw new Error('No Firefox found. Set FIREFOX_PATH to one, or install the package firefox-esr.')
  return found
}

/** Firefox by WebDriver BiDi, without a window. */
export const firefox: Engine = async (profile) => {
  const browser = await launch({ browser: 'firefox', executablePath: firefoxPath(), headless: true, userDataDir: profile, protocolTimeout: 120_000 })
  return {
    version: await browser.version(),
    newPage: async () => enginePage(await browser.newPage()),
    close: () => browser.close(),
    abandon: async () => { await browser.disconnect().catch(() => undefined) },
  }
}

function enginePage(page: Page): EnginePage {
  return {
    evaluate: (run, given) => page.evaluate(run, given) as Promise<never>,
    goto: url => page.goto(url),
    reload: async () => { await page.reload() },
    fill: (selector, text) => page.locator(selector).fill(text),
    click: selector => page.locator(selector).click(),
    close: () => page.close(),
  }
}
