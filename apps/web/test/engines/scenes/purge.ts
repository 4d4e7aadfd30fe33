import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { filesWith } from '../../support/needles'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { addLead, company, person, type Company } from '../../support/people'
import { until } from '../../support/wait'
import type { EnginePage } from '../engine'
import type { EngineScenes } from '../scenes'
import { needle } from '../stored'
import { visit, type EngineVisit } from '../visit'

/** What is promised in a connected browser. */
const LIMIT_MS = 30_000
const OPENS_MS = 40_000

/** A folder at the top of a company's first workspace. Out: its page. */
async function plant(sql: pg.Pool, { id, workspaces: [workspace] }: Company, name: string): Promise<string> {
  const folder = randomUUID()
  await sql.query('insert into folders (id, company_id, workspace_id, name, description, position) values ($1, $2, $3, $4, $5, $6)', [folder, id, workspace, name, '', 'a'])
  return `/c/${id}/w/${workspace}/${folder}`
}

/** What belongs to the device and to no person lies beside everything else. */
const plantOfDevice = (page: EnginePage, name: string) => page.evaluate(async (text) => {
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.open('device-x', 1)
    request.onupgradeneeded = () => request.result.createObjectStore('journal')
    request.onsuccess = () => {
      const write = request.result.transaction('journal', 'readwrite', { durability: 'strict' })
      write.objectStore('journal').put(text, 'entry')
      write.oncomplete = () => {
        request.result.close()
        resolve()
      }
    }
    request.onerror = () => reject(request.error ?? new Error('no database'))
  })
}, name)

async function signsOut(page: EnginePage): Promise<void> {
  await page.click('[data-testid="person-menu"]')
  await until('the menu offers to sign out', () => page.evaluate(() => {
    const item = [...document.querySelectorAll<HTMLElement>('[role="menuitem"]')].find(({ textContent }) => /sign out/i.test(textContent ?? ''))
    item?.click()
    return item !== undefined
  }, ''))
  await until('the page to sign in is there', () => page.evaluate(() => location.pathname === '/sign-in', ''), { deadline: LIMIT_MS })
}

async function noByte({ browser }: EngineVisit, text: string): Promise<void> {
  let files: string[] = []
  await until(`no byte of ${text} is on the disk`, async () => {
    files = await filesWith(browser.profile, text)
    return files.length === 0
  }, { deadline: LIMIT_MS, every: 1_000 }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${files.join(', ')}`)
  })
}

export const purgeScenes: EngineScenes = (engine, stack) => {
  test('no byte stays of a company that was left, with the browser open and closed, and of anything after the sign-out', async () => {
    const { sql } = stack()
    const [boss, who] = [await person(sql, 'Boss'), await person(sql, 'Purga')]
    const kept = await company(sql, [[who, 'owner']])
    const ended = await company(sql, [[boss, 'owner'], [who, 'member']])
    const narrowed = await company(sql, [[boss, 'owner'], [who, 'admin']])
    const words = { kept: needle(), ended: needle(), lead: needle(), narrowed: needle(), device: needle() }
    await plant(sql, kept, words.kept)
    await plant(sql, narrowed, words.narrowed)
    const seen = await plant(sql, ended, words.ended)
    await addLead(sql, narrowed.id, words.lead)
    const here = await visit(stack(), engine, who)
    const { browser, front } = here
    const settled = () => holdsWhatTheyMaySee(sql, [{ page: here.page, user: who }], { deadline: OPENS_MS })
    const comesAgain = async () => {
      await browser.reopen()
      here.page = await browser.newPage()
      await here.page.goto(front.origin)
    }
    await settled()
    await plantOfDevice(here.page, words.device)
    await here.page.goto(`${front.origin}${seen}`)
    await until('the folder is on the screen', () => here.page.evaluate(name => document.querySelector('#__nuxt')?.textContent?.includes(name), words.ended))
    for (const word of Object.values(words)) await until('it is on the disk', async () => (await filesWith(browser.profile, word)).length > 0)

    const since = performance.now()
    await sql.query('delete from company_members where company_id = $1 and user_id = $2', [ended.id, who.id])
    await sql.query('update company_members set role = $3 where company_id = $1 and user_id = $2', [narrowed.id, who.id, 'guest'])
    await noByte(here, words.ended)
    await noByte(here, words.lead)
    await settled()
    // It goes on: what comes now is applied to what was copied.
    await addLead(sql, kept.id, 'after the purge')
    await settled()
    await browser.close()
    for (const word of [words.ended, words.lead]) expect(await filesWith(browser.profile, word)).toEqual([])
    for (const word of [words.kept, words.narrowed, words.device]) expect(await filesWith(browser.profile, word)).not.toEqual([])
    const again = front.requests.filter(r => r.from > since && r.url.searchParams.get('offset') === '-1')
    expect(again.filter(r => [kept.id, narrowed.id].includes(r.url.searchParams.get('company') ?? '') && r.status === 200)).toEqual([])

    // Nobody was here to hear it.
    await sql.query('delete from company_members where company_id = $1 and user_id = $2', [narrowed.id, who.id])
    await comesAgain()
    await settled()
    await noByte(here, words.narrowed)
    await settled()

    await signsOut(here.page)
    await noByte(here, words.kept)
    await browser.close()
    for (const word of [words.ended, words.lead, words.narrowed, words.kept]) expect(await filesWith(browser.profile, word)).toEqual([])
    expect(await filesWith(browser.profile, words.device)).not.toEqual([])
  })
}
