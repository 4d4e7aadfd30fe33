import { holdsWhatTheyMaySee } from '../../support/oracle'
import { addLead, company, person } from '../../support/people'
import { inNewProfile } from '../app-page'
import { atMost, type Measured } from '../figure'
import type { World } from '../world'

const COMPANIES = 10
const TABS = 5
const BURSTS = 20

/** Sync requests in flight as a proxy in front of the server counts them, over plain HTTP/1.1: first sync, then bursts of changes. */
export async function connections(world: World): Promise<Measured[]> {
  const { sql } = world.stack
  const who = await person(sql, 'Connie')
  const all = await Promise.all(Array.from({ length: COMPANIES }, () => company(sql, [[who, 'owner']], { folders: 300 })))
  const most = await inNewProfile(world, { person: who }, async ({ browser, front, page }) => {
    const tabs = [page]
    while (tabs.length < TABS) tabs.push(await browser.context.newPage())
    for (const tab of tabs) await tab.goto(front.origin)
    const settled = () => holdsWhatTheyMaySee(sql, tabs.map(tab => ({ page: tab, user: who })), { deadline: 120_000 })
    await settled()
    for (let n = 0; n < BURSTS; n++) for (const { id } of all) await addLead(sql, id, `burst ${n}`)
    await settled()
    return front.mostInFlight
  })
  return [{ name: `sync requests in flight, ${COMPANIES} companies in ${TABS} tabs`, value: most, unit: 'requests', goal: atMost(2) }]
}
