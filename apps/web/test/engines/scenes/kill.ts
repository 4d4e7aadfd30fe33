import { expect, test } from 'vitest'
import type { ShapeRequest } from '../../support/front'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { comeBack, localCount } from '../../support/page'
import { company, person } from '../../support/people'
import { until } from '../../support/wait'
import type { EngineScenes } from '../scenes'
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
    const { browser, front, page } = await visit(stack(), engine, who, (f) => {
      // The second page of the folders is held back, so that the kill comes with the first page here and the second not.
      f.gate = request => later(request) ? held : undefined
    })
    const before = await until('the first page is applied and the second asked for', async () =>
      front.requests.some(later) && (await localCount(page, 'folders') || undefined), { deadline: 60_000 })
    expect(before).toBeLessThan(FOLDERS)
    const offset = front.requests.find(later)?.url.searchParams.get('offset')

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

  test('a browser killed at work has all it showed, with the server off', async () => {
    const { sql } = stack()
    const who = await person(sql, 'Kim')
    await company(sql, [[who, 'owner']])
    const { browser, front, page } = await visit(stack(), engine, who)
    await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 40_000 })
    await browser.kill()
    const killed = performance.now()
    await browser.reopen()
    const again = await browser.newPage()
    await comeBack(again, front.origin, who)
    front.unplug()
    await holdsWhatTheyMaySee(sql, [{ page: again, user: who }], { deadline: 40_000 })
    expect(front.requests.filter(r => r.from > killed && r.url.searchParams.get('offset') === '-1')).toEqual([])
  })
}
