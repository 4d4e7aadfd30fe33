import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { localDatabaseName } from '../../../shared/protocol/leader'
import { SCHEMA_VERSION } from '../../../shared/generated/catalogue.gen'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { company, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { visit } from '../../support/visit'
import { until } from '../../support/wait'

/** Notes how much of the page jumped by itself; a text, because the names that a compiler gives do not exist in the page. */
const NOTE_SHIFTS = `
  globalThis.shifted = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifted += entry.value
  }).observe({ type: 'layout-shift', buffered: true })`

/** What lies on the device of a person's last answers. */
const kept = (page: Page, userId: string) => page.evaluate(async (id) => {
  const root = await navigator.storage.getDirectory()
  for await (const [name, handle] of root.entries()) {
    if (!name.endsWith(`${id}-answers`)) continue
    const file = await (handle as FileSystemDirectoryHandle).getFileHandle('answers.json').catch(() => undefined)
    return file ? (await file.getFile()).text() : ''
  }
  return ''
}, userId)

/** A page of the same origin that is elected before any worker of the app: until it lets go, no database opens. */
async function holdElection(page: Page, userId: string): Promise<() => Promise<void>> {
  const name = await page.evaluate(() => JSON.parse(localStorage.getItem('mvdb:database-name') ?? '""') as string)
  const lock = `pglite-election-lock:${localDatabaseName(name, userId, SCHEMA_VERSION)}`
  await page.evaluate((held) => {
    void navigator.locks.request(held, () => new Promise<void>((resolve) => { Object.assign(globalThis, { letGo: resolve }) }))
  }, lock)
  return () => page.evaluate(() => (globalThis as unknown as { letGo: () => void }).letGo())
}

export function lastAnswersScenes(stack: () => Stack) {
  describe('a reload before the database is open', () => {
    test('paints the last visit, offers nothing to do with it, and the local answer takes its place line by line', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Rea')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'member']], { workspaces: 1, folders: 40 })
      const { browser, front, page } = await visit(stack(), who)
      await page.addInitScript(NOTE_SHIFTS)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }])
      await page.goto(`${front.origin}/c/${id}/w/${first}`)
      const items = page.getByRole('treeitem')
      const create = page.getByRole('button', { name: 'New folder' })
      await items.first().waitFor()
      await until('what the page shows is kept', async () => /folders-top.*company|company.*folders-top/s.test(await kept(page, who.id)))
      const names = await items.allInnerTexts()

      const other = await browser.context.newPage()
      await other.goto(`${front.origin}/api/health`)
      const letGo = await holdElection(other, who.id)
      // While no page of this person is open the server's rows change.
      await page.goto('about:blank')
      await sql.query('update folders set name = \'Renamed meanwhile\' where id = (select id from folders where workspace_id = $1 and parent_id is null order by position collate "C", id limit 1)', [first])
      const asked = front.requests.length
      await page.goto(`${front.origin}/c/${id}/w/${first}`)
      await items.first().waitFor()
      expect(await items.allInnerTexts()).toEqual(names)
      // They were read before the app was there: its policy lets the page's own script run, and the app took what it read.
      expect(await page.evaluate(() => globalThis.headStart && Object.values(globalThis.headStart))).toEqual([undefined, undefined])
      expect(await create.isDisabled()).toBe(true)
      expect(await create.getAttribute('title')).toMatch(/last visit/)
      expect(front.requests).toHaveLength(asked)
      await items.nth(1).evaluate(element => Object.assign(element, { stayed: true }))

      await letGo()
      await page.getByRole('treeitem', { name: 'Renamed meanwhile' }).waitFor()
      await until('the page can be worked with', () => create.isEnabled())
      // The lines that stayed are the very elements, and nothing moved.
      expect(await items.nth(1).evaluate(element => 'stayed' in element)).toBe(true)
      expect(await page.evaluate(() => (globalThis as { shifted?: number }).shifted)).toBeLessThan(0.02)
    })
  })
}
