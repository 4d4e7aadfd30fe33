import { appendFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { localCount, localSql } from '../../support/page'
import { company, foldersOf, person } from '../../support/people'
import { until } from '../../support/wait'
import type { EnginePage } from '../engine'
import type { EngineScenes } from '../scenes'
import { isKept } from '../shell-kept'
import { visit } from '../visit'

const FOLDERS = 10_000
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

/** What a page says of the engine under it. */
const abilities = (page: EnginePage) => page.evaluate(async () => ({
  'OPFS': typeof navigator.storage?.getDirectory === 'function' ? 'yes' : 'no',
  'IndexedDB': 'indexedDB' in window ? 'yes' : 'no',
  'Web Locks': 'locks' in navigator ? 'yes' : 'no',
  'service worker': await navigator.serviceWorker?.getRegistration() ? 'keeps the app' : 'none',
  'how full the storage is': await navigator.storage?.estimate?.().then(({ quota }) => quota ? 'said' : 'not said', () => 'not said') ?? 'not said',
}), '')

/** Milliseconds from the beginning of this page's navigation until a text is on its screen. */
const shows = (page: EnginePage, text: string) => until(`${text} is on the screen`, () => page.evaluate((wanted) => {
  return document.querySelector('#__nuxt')?.textContent?.includes(wanted) ? performance.now() : undefined
}, text), { every: 15, deadline: 40_000 })

export const figureScenes: EngineScenes = (engine, stack) => {
  test('what the engine has, and how long the first sync and a reload take', async () => {
    const { sql } = stack()
    const who = await person(sql, 'Fig')
    const { id, workspaces: [workspace] } = await company(sql, [[who, 'owner']], { workspaces: 100, folders: FOLDERS })
    const { browser, front, page } = await visit(stack(), engine, who)
    const seen: Record<string, string> = {}
    await until('all folders are here', async () => await localCount(page, 'folders') === FOLDERS, { deadline: 90_000 })
    seen['first sync of 10,000 folders'] = seconds(performance.now() - (front.requests[0]?.from ?? 0))
    await holdsWhatTheyMaySee(sql, [{ page, user: who }])
    await isKept(page)
    const [device] = await until('the storage is said', () => localSql<{ storage: string }>(page, 'select storage from device_status'))
    const [top] = (await foldersOf(sql, id)).filter(one => one.workspace_id === workspace && one.parent_id === null)
    const { rows: [{ name } = { name: '' }] } = await sql.query<{ name: string }>('select name from folders where id = $1', [top?.id])
    const text = name.split(' \\')[0] ?? ''
    await page.goto(`${front.origin}/c/${id}/w/${workspace}`)
    await shows(page, text)
    await page.reload()
    seen['reload to the rows'] = seconds(await shows(page, text))
    await holdsWhatTheyMaySee(sql, [{ page, user: who }])
    front.unplug()
    await page.reload()
    seen['reload to the rows, server off'] = seconds(await shows(page, text))
    expect(device?.storage).toMatch(/^(?:opfs|idb)$/)
    note(browser.version, { ...await abilities(page), 'the database is in': device?.storage ?? '', ...seen })
  })
}

/** Written down for the table that the command prints. */
function note(engine: string, seen: Record<string, string>): void {
  const file = process.env.ENGINE_FIGURES
  if (file) appendFileSync(file, Object.entries(seen).map(([what, value]) => `${JSON.stringify({ engine, what, value })}\n`).join(''))
}
