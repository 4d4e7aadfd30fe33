import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { localCount } from '../../support/page'
import { company, person } from '../../support/people'
import { noteShifts, shifted, STILL } from '../../support/shifts'
import type { Stack } from '../../support/stack'
import { visit } from '../../support/visit'
import { until } from '../../support/wait'

/** Names of the reads that a page asks the server for, as they come. */
function readsOf(page: Page): string[] {
  const asked: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/api/reads/')) asked.push(pathname.slice('/api/reads/'.length))
  })
  return asked
}

/** Where somebody stands in the tree: what has the focus, how far it is scrolled, and which lines are open. */
const placeOf = (page: Page) => page.getByRole('tree').evaluate((tree) => {
  let scroller: Element | null = tree
  while (scroller && scroller.scrollHeight <= scroller.clientHeight + 1) scroller = scroller.parentElement
  return {
    focused: document.activeElement?.textContent?.trim(), scrolled: scroller?.scrollTop,
    open: [...tree.querySelectorAll('[aria-expanded="true"]')].map(line => line.textContent?.trim()),
    first: [...tree.querySelectorAll('[role="treeitem"]')].slice(0, 30).map(line => line.textContent?.trim()),
  }
})

export function firstPaintScenes(stack: () => Stack) {
  describe('first paint', () => {
    test('a first visit is painted by the server before there is a local database, and the swap moves nothing; a reload asks nothing', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Vera')
      const { id, workspaces: [workspace = ''] } = await company(sql, [[who, 'owner']], { workspaces: 2, folders: 12_000 })
      let release = () => {}
      const held = new Promise<void>((resolve) => { release = resolve })
      const { page, front } = await visit(stack(), who, (f) => { f.gate = () => held })
      // From here on nothing can come from a database: its worker is not even loaded.
      await page.route('**/workers/**', async (route) => {
        await held
        // The page may have left meanwhile.
        await route.continue().catch(() => undefined)
      })
      await noteShifts(page)
      const asked = readsOf(page)
      await page.goto(`${front.origin}/c/${id}/w/${workspace}`)
      const lines = page.getByRole('treeitem')
      await until('lines are painted', async () => await lines.count() > 15)
      expect(asked).toContain('folders-top')

      // A folder is opened and another one stood on, far down.
      await lines.first().focus()
      await page.keyboard.press('ArrowRight')
      await until('its children are painted', async () => asked.includes('folders-children') && await page.locator('[role="treeitem"][aria-level="2"]').count() > 5)
      for (let n = 0; n < 40; n++) await page.keyboard.press('ArrowDown')
      const before = await placeOf(page)
      expect(before.focused).toContain('Folder')
      expect(before.scrolled).toBeGreaterThan(100)

      release()
      await until('the copy is complete', async () => await localCount(page, 'folders') === 12_000, { deadline: 40_000 })
      await page.locator('[data-status="live"]').first().waitFor({ timeout: 20_000 })
      expect(await placeOf(page)).toEqual(before)
      // From the skeletons to the server's rows, and from those to the local ones.
      expect(await shifted(page)).toBeLessThanOrEqual(STILL)

      // Whatever is looked at now comes from here: another workspace's list, a folder, the company.
      const whole = asked.length
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/w\/[^/]+\/[^/]+$/)
      await page.goBack()
      expect(asked.slice(whole)).toEqual([])
      await page.reload()
      await until('the tree is painted again', async () => await lines.count() > 15)
      await page.locator('[data-status="live"]').first().waitFor({ timeout: 20_000 })
      expect(asked.slice(whole)).toEqual([])
    })
  })
}
