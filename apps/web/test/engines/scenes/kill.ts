import { expect, test } from 'vitest'
import type { ShapeRequest } from '../../support/front'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { comeBack, localCount } from '../../support/page'
import { addLead, company, person } from '../../support/people'
import { until } from '../../support/wait'
import type { EngineScenes } from '../scenes'
import { isKept } from '../shell-kept'
import { isStored, needle } from '../stored'
import { visit } from '../visit'

const FOLDERS = 20_000
const later = (request: ShapeRequest) => request.shape === 'folders' && request.url.searchParams.get('offset') !== '-1'

export const killScenes: EngineScenes = (engine, stack) => {
  test('a browser killed in the first sync goes on from its offset and asks for no page twice', async () => {
    const { sql } = stack()
    const who = await person(sql, 'Kit')
    await company(sql, [[who, 'owner']], { workspaces: 4, folders: FOLDERS })
    let release = () => {}
    const held = new Promise<void>((resolve) => { release = resolve })
    const here = await visit(stack(), engine, who, (f) => {
      // The second page of the folders is held back, so that the kill comes with the first page here and the second not.
      f.gate = request => later(request) ? held : undefined
    })
    const { browser, front, page } = here
    const before = await until('the first page is applied and the second asked for', async () =>
      front.requests.some(later) && (await localCount(page, 'folders') || undefined), { deadline: 60_000 })
    expect(before).toBeLessThan(FOLDERS)
    const asked = front.requests.find(later)?.url.searchParams
    const offset = asked?.get('offset')
    // It is written down with the rows of the first page.
    await isStored(here, asked?.get('handle') ?? '')

    await browser.kill()
    front.gate = undefined
    release()
    const killed = performance.now()
    await browser.reopen()
    const again = await browser.newPage()
    await comeBack(again, front.origin, who)
    await holdsWhatTheyMaySee(sql, [{ page: again, user: who }], { deadline: 60_000 })

    const after = front.requests.filter(r => r.shape === 'folders' && r.from > killed)
    expect(after[0]?.url.searchParams.get('offset')).toBe(offset)
    expect(front.snapshots('folders', killed)).toEqual([])
  })

  test('a browser killed at work has all it showed, and opens with the server off', async () => {
    const { sql } = stack()
    const who = await person(sql, 'Kim')
    const { id } = await company(sql, [[who, 'owner']])
    const here = await visit(stack(), engine, who)
    const { browser, front, page } = here
    await isKept(page)
    const last = needle()
    await addLead(sql, id, last)
    await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 40_000 })
    await isStored(here, last)
    await browser.kill()
    const killed = performance.now()
    await browser.reopen()
    const again = await browser.newPage()
    await comeBack(again, front.origin, who)
    front.unplug()
    await again.reload()
    await holdsWhatTheyMaySee(sql, [{ page: again, user: who }], { deadline: 40_000 })
    expect(front.requests.filter(r => r.from > killed && r.url.searchParams.get('offset') === '-1')).toEqual([])
  })

  test('what a kill takes of the first sync is fetched again', async () => {
    const { sql } = stack()
    const who = await person(sql, 'Kat')
    await company(sql, [[who, 'owner']], { folders: 3_000 })
    const { browser, front, page } = await visit(stack(), engine, who)
    await until('there are rows', async () => await localCount(page, 'folders') > 0, { deadline: 40_000, every: 20 })
    await browser.kill()
    await browser.reopen()
    const again = await browser.newPage()
    await comeBack(again, front.origin, who)
    await holdsWhatTheyMaySee(sql, [{ page: again, user: who }], { deadline: 60_000 })
  })
}
