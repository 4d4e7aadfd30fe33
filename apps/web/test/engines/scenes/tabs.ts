import { expect, test } from 'vitest'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { localSql } from '../../support/page'
import { addLead, company, grow, person } from '../../support/people'
import { until } from '../../support/wait'
import type { EngineScenes } from '../scenes'
import { isStored, needle } from '../stored'
import { anotherTab, visit } from '../visit'

export const tabScenes: EngineScenes = (engine, stack) => {
  test('the leader tab closes and the others go on, with one sync and without a new snapshot, and paint what changes', async () => {
    const { sql } = stack()
    const who = await person(sql, 'Lea')
    const { id, workspaces: [first = ''] } = await company(sql, [[who, 'owner']])
    const here = await visit(stack(), engine, who)
    const tabs = [here.page, await anotherTab(here), await anotherTab(here)]
    const settled = () => holdsWhatTheyMaySee(sql, tabs.map(page => ({ page, user: who })), { deadline: 40_000 })
    await settled()
    const storage = async () => tabs[0] && await localSql(tabs[0], 'select storage from device_status')
    const chosen = await until('the storage is said', storage)
    const since = performance.now()
    // The first tab was alone when it came: it leads. Then the second or the third does, and is closed too.
    for (let closed = 0; closed < 2; closed++) {
      const last = needle()
      await addLead(sql, id, last)
      await settled()
      await isStored(here, last)
      await tabs.shift()?.close()
      await grow(sql, id, first, 10)
      await settled()
    }
    expect(await until('the last leader says its storage', storage)).toEqual(chosen)
    expect(here.front.requests.filter(r => r.from > since && r.url.searchParams.get('offset') === '-1')).toEqual([])
    const [last] = tabs
    await sql.query('update companies set name = $2 where id = $1', [id, 'Painted at last'])
    await until('the last tab paints it', () => last?.evaluate(() => document.querySelector('#__nuxt')?.textContent?.includes('Painted at last'), ''))
  })
}
