import { SimulatedBrowser } from '../browser/browser'
import { realNow, realSleep, startClocks, type Clock } from '../browser/clock'
import { held } from './oracle'
import { openDatabases } from './open-database'
import { shownOf, take, type Told } from './tell'

const WITHIN_MS = 20_000

/**
 * Tells a story again from what was answered then: no server, no PostgreSQL but those of the browsers.
 * @returns for each browser whether it ends with what it was to end with
 */
export async function retell({ story, people, companies, records, here, expected }: Told): Promise<boolean[]> {
  const clocks = new Set<Clock>()
  const stop = startClocks(clocks)
  const databases = await openDatabases(people.length)
  const browsers = databases.map((database, n) => new SimulatedBrowser({
    database, user: { id: people[n] ?? '', cookie: '' }, strangersCookie: '', origins: [''], clocks, shown: shownOf(companies), told: records[n] ?? [],
  }))
  try {
    for (const browser of browsers) browser.start()
    for (const step of story.steps) await take(browsers, step, { act: () => realSleep(5), faults: false })
    for (const browser of browsers) {
      browser.leader?.network.calm()
      await browser.revive()
    }
    return await Promise.all(browsers.map(async (browser, n) => {
      const end = realNow() + WITHIN_MS
      while (await held(browser.database, here) !== expected[n]) {
        if (realNow() > end) return false
        if (browser.closedFor || browser.leader?.clock.isStopped) await browser.revive()
        await realSleep(20)
      }
      return true
    }))
  }
  finally {
    for (const browser of browsers) await browser.kill()
    stop()
    for (const { database } of browsers) await database.close()
  }
}
