import { describe, expect, test } from 'vitest'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { company, foldersOf, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { visit } from '../../support/visit'
import { until } from '../../support/wait'

export function trashScenes(stack: () => Stack) {
  describe('the trash and the history', () => {
    test('a folder that is deleted is in the trash, comes back from there with all in it, and its history tells it, by keyboard alone', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Tess')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'member']], { workspaces: 1, folders: 20 })
      const top = (await foldersOf(sql, id)).find(folder => !folder.parent_id)
      await sql.query('update folders set name = $2 where id = $1', [top?.id, 'Kept'])
      const { browser, front, page } = await visit(stack(), who)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }])
      await page.goto(`${front.origin}/c/${id}/w/${first}`)
      const living = async () => (await sql.query<{ n: number }>('select count(*)::int as n from folders where company_id = $1 and deleted_at is null', [id])).rows[0]?.n
      const line = page.getByRole('treeitem', { name: 'Kept' })
      // Nothing is edited before the local database is open.
      await until('it can be edited', () => page.getByRole('button', { name: 'New folder' }).first().isEnabled())
      await line.focus()
      await page.keyboard.press('Delete')
      await line.waitFor({ state: 'detached' })
      // Faster than the server: the list follows.
      await page.getByRole('link', { name: 'Trash' }).press('Enter')
      const deletion = page.getByRole('list', { name: /^Deletions/ }).getByRole('listitem')
      await deletion.getByText('Kept', { exact: true }).waitFor()
      await deletion.getByText(/10 folders of Workspace 1, deleted by Tess/).waitFor()
      expect(await living()).toBe(10)
      await deletion.getByRole('button', { name: 'Restore Kept' }).press('Enter')
      await page.getByText('Nothing is deleted here that could be restored.').waitFor()
      expect(await living()).toBe(20)
      // The line that held the focus is gone.
      await until('the focus is on the heading', () => page.evaluate(() => document.activeElement?.textContent?.trim() === 'Trash'))

      await page.goto(`${front.origin}/c/${id}/w/${first}/${top?.id}`)
      await page.getByRole('button', { name: 'More for Kept' }).press('Enter')
      await page.getByRole('menuitem', { name: 'History' }).press('Enter')
      const history = page.getByRole('dialog', { name: 'History of Kept' })
      await history.getByRole('listitem').nth(1).waitFor()
      expect((await history.getByRole('listitem').allInnerTexts()).map(text => text.split('\n')[0])).toEqual(['Tess restored it, 10 folders in all.', 'Tess deleted it, 10 folders in all.'])
      await page.keyboard.press('Escape')
      await history.waitFor({ state: 'detached' })
      await until('the focus is where it was', () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') === 'More for Kept'))

      front.unplug()
      await browser.context.setOffline(true)
      await page.keyboard.press('Enter')
      await page.getByRole('menuitem', { name: 'History' }).press('Enter')
      await history.getByText('It cannot be reached now.').waitFor()
      front.plugIn()
      await browser.context.setOffline(false)
      await history.getByRole('listitem').first().waitFor({ timeout: 20_000 })
    })
  })
}
