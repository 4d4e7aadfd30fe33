import type { Page } from 'playwright-core'
import { within } from '../../support/wait'
import { atLeast, atMost, median, type Measured } from '../figure'
import { inNewProfile, openComplete, type AppPage } from '../app-page'
import type { Planted, World } from '../world'
import { changesPainted } from './changes'

const EDITS = 20
const UNSENT = 10_000
const PATIENCE_MS = 300_000

interface PageJournal { add: (edit: object) => Promise<void> }
interface Root extends Element { __vue_app__?: { $nuxt?: { $journal?: PageJournal } } }

/** Notes new names of folders in the page's journal, many at once. Gives the moment of the first call, in ms since 1970. */
const renameIn = (page: Page, company: string, names: readonly [id: string, name: string][]) => page.evaluate(async ([inCompany, all]) => {
  const journal = (document.querySelector('#__nuxt') as Root | null)?.__vue_app__?.$nuxt?.$journal
  const began = performance.timeOrigin + performance.now()
  for (let first = 0; first < all.length; first += 200) {
    await Promise.all(all.slice(first, first + 200).map(([id, name]) =>
      journal?.add({ mutation: { id: crypto.randomUUID(), name: 'folder.rename', version: 1, company: inCompany, input: { id, name } }, about: '', at: Date.now() })))
  }
  return began
}, [company, names] as const)

/** From a new tab's navigation to the local answer on its screen. */
async function opening(page: Page, url: string): Promise<{ page: Page, ms: number }> {
  const next = await page.context().newPage()
  await page.close()
  await next.goto(url, { waitUntil: 'commit' })
  const at = await next.evaluate(() => instruments.answeredLocally('[role="treeitem"]'))
  return { page: next, ms: at - await next.evaluate(() => performance.timeOrigin) }
}

/** From an edit in one browser to its paint in another, and from a commit at the server to the same. */
async function elsewhere(world: World, planted: Planted, here: AppPage, id: string): Promise<{ edited: number, committed: number }> {
  return inNewProfile(world, planted, async (other) => {
    await openComplete(other, planted)
    const edited: number[] = []
    for (let n = 0; n < EDITS; n++) {
      const name = `elsewhere ${Math.random().toString(36).slice(2)}`
      const seen = other.page.evaluate(([css, text]) => instruments.seen(css, text), ['[role="treeitem"]', name] as const)
      seen.catch(() => undefined)
      await new Promise(resolve => setTimeout(resolve, 100 + Math.random() * 50))
      const began = await renameIn(here.page, planted.company, [[id, name]])
      edited.push(await within(seen, PATIENCE_MS, 'an edit is painted in another browser') - began)
    }
    return { edited: median(edited), committed: median([...await changesPainted(world, other.page, '[role="treeitem"]', id), ...await changesPainted(world, other.page, '[role="treeitem"]', id)]) }
  })
}

/** An edit to its paint, here and in another browser; how a page opens with 10,000 unsent edits; how fast they go out. */
export async function writes(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const { rows } = await world.stack.sql.query<{ id: string }>('select id from folders where workspace_id = $1 and parent_id is null and deleted_at is null order by position collate "C" limit 1', [planted.workspace])
  const { rows: many } = await world.stack.sql.query<{ id: string }>('select id from folders where company_id = $1 and deleted_at is null order by id limit $2', [planted.company, UNSENT])
  const [first = ''] = rows.map(({ id }) => id)
  return inNewProfile(world, planted, async (here) => {
    const { front, browser } = here
    await openComplete(here, planted)
    await within(here.page.evaluate(async () => void await navigator.serviceWorker.ready), 60_000, 'the app is kept on the device')
    const painted: number[] = []
    for (let n = 0; n < EDITS; n++) {
      const name = `edited ${Math.random().toString(36).slice(2)}`
      const seen = here.page.evaluate(([css, text]) => instruments.seen(css, text), ['[role="treeitem"]', name] as const)
      seen.catch(() => undefined)
      await new Promise(resolve => setTimeout(resolve, 100 + Math.random() * 50))
      const began = await renameIn(here.page, planted.company, [[first, name]])
      painted.push(await within(seen, PATIENCE_MS, 'an edit is painted') - began)
    }
    const { edited, committed } = await elsewhere(world, planted, here, first)
    const url = `${front.origin}${planted.path}`
    let page = here.page
    const openings = { none: [] as number[], many: [] as number[] }
    for (let n = 0; n < world.times; n++) {
      const opened = await opening(page, url)
      page = opened.page
      openings.none.push(opened.ms)
    }
    front.unplug()
    await browser.context.setOffline(true)
    await renameIn(page, planted.company, many.map(({ id }, n) => [id, `offline ${n}`]))
    for (let n = 0; n < world.times; n++) {
      const opened = await opening(page, url)
      page = opened.page
      openings.many.push(opened.ms)
    }
    const sent = async () => (await world.stack.sql.query<{ n: number }>('select count(*)::int as n from auth.mutations where company_id = $1', [planted.company])).rows[0]?.n ?? 0
    const before = await sent()
    const began = performance.now()
    front.plugIn()
    await browser.context.setOffline(false)
    await within((async () => {
      while (await sent() < before + many.length) await new Promise(resolve => setTimeout(resolve, 50))
    })(), PATIENCE_MS, 'all edits are sent')
    const seconds = (performance.now() - began) / 1000
    return [
      { name: 'an edit to its paint', value: median(painted), unit: 'ms', goal: atMost(16) },
      { name: 'an edit to its paint in another browser, beyond what a commit takes to it', value: edited - committed, unit: 'ms', goal: atMost(100) },
      { name: `opening with ${UNSENT} unsent edits, against with none`, value: median(openings.many), unit: 'ms', baseline: median(openings.none), goal: atMost(1.3, 'ratio') },
      { name: `upload of ${UNSENT} edits`, value: many.length / seconds, unit: 'edits/s', goal: atLeast(1000) },
    ]
  }, { keepsApp: true })
}
