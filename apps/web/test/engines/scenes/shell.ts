import { expect, test } from 'vitest'
import { smallCast } from '../../support/cast'
import type { Front } from '../../support/front'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { SIGHTS } from '../../support/pages'
import { until } from '../../support/wait'
import type { EnginePage } from '../engine'
import type { EngineScenes } from '../scenes'
import { isKept } from '../shell-kept'
import { anotherTab, visit } from '../visit'

const headings = (page: EnginePage) => page.evaluate(() => [...document.querySelectorAll('h1')].map(({ textContent }) => textContent?.trim() ?? ''), '')

/** Opens an address by typing it, as from a letter: no page of the app was there before. */
async function opens(page: EnginePage, front: Front, path: string, heading: RegExp): Promise<void> {
  await page.goto(`${front.origin}${path}`)
  await until(`${path} shows its heading`, async () => (await headings(page)).some(text => heading.test(text)))
}

export const shellScenes: EngineScenes = (engine, stack) => {
  test('after one visit every page opens with the server off: by its address, by a reload, in a new tab, after a restart of the browser', async () => {
    const { sql } = stack()
    const { people: { owner }, places } = await smallCast(sql)
    const viewer = { ...owner, name: 'Olga' }
    const here = await visit(stack(), engine, viewer)
    const { browser, front } = here
    await holdsWhatTheyMaySee(sql, [{ page: here.page, user: viewer }], { deadline: 40_000 })
    await isKept(here.page)
    front.unplug()
    await expect(fetch(front.origin)).rejects.toThrow()

    // The pages of somebody who is here, as they are without anything opened on them.
    for (const { path, heading } of SIGHTS.filter(({ viewer: who, offline, act }) => who === 'owner' && !offline && !act)) {
      await opens(here.page, front, path(places), heading)
    }
    await here.page.reload()
    const tab = await anotherTab(here, `/c/${places.company}`)
    await holdsWhatTheyMaySee(sql, [{ page: here.page, user: viewer }, { page: tab, user: viewer }], { deadline: 40_000 })

    await browser.close()
    await browser.reopen()
    const after = await browser.newPage()
    const folder = await sql.query<{ name: string }>('select name from folders where id = $1', [places.folder])
    await opens(after, front, `/c/${places.company}/w/${places.workspace}/${places.folder}`, new RegExp(`^${folder.rows[0]?.name.split(' \\')[0]}`))
    await holdsWhatTheyMaySee(sql, [{ page: after, user: viewer }], { deadline: 40_000 })
  })
}
