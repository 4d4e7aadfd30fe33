import type { Locator, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { localCount } from '../../support/page'
import { company, foldersOf, person } from '../../support/people'
import { noteShifts, shifted, STILL } from '../../support/shifts'
import type { Stack } from '../../support/stack'
import { visit } from '../../support/visit'
import { until } from '../../support/wait'

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
const focusIs = (page: Page, name: string | RegExp) =>
  until(`the focus is on ${name}`, async () => typeof name === 'string' ? await focused(page) === name : name.test(await focused(page)), { deadline: 10_000 })

export function workspacePageScenes(stack: () => Stack) {
  describe('the pages of a workspace', () => {
    test('a tree of 20,000 siblings opens, is walked by keyboard, and is as it was left after a reload', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Kay')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'member']], { workspaces: 1, folders: 40 })
      const top = (await foldersOf(sql, id)).filter(folder => !folder.parent_id)
      await sql.query(`insert into folders (id, company_id, workspace_id, parent_id, name, position)
        select gen_random_uuid(), $1, $2, $3, 'Sibling ' || n, 'b' || lpad(n::text, 6, '0') from generate_series(1, 20000) n`, [id, first, top[1]?.id])
      const { front, page } = await visit(stack(), who)
      await noteShifts(page)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 40_000 })
      await page.goto(`${front.origin}/c/${id}/w/${first}`)
      const items = page.getByRole('treeitem')
      await items.first().waitFor()
      expect(await items.count()).toBe(4)

      await items.nth(1).focus()
      await page.keyboard.press('ArrowRight')
      await page.locator('[role=treeitem][aria-level="2"]').first().waitFor()
      // Only what is on the screen is in the page.
      expect(await items.count()).toBeLessThan(100)
      await page.keyboard.press('ArrowRight')
      await page.keyboard.type('Sibling 150')
      await focusIs(page, 'Sibling 150')
      // The server hands out 500; the copy, which is whole, takes their place when its database is open.
      await until('the tree has all of them', async () => await page.locator('[role=treeitem]:focus').getAttribute('aria-setsize') === '20009')
      await page.keyboard.press('End')
      await focusIs(page, /^Folder 30/)
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('ArrowUp')
      await focusIs(page, 'Sibling 20000')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: 'Sibling 20000' }).waitFor()
      expect(await page.locator('[role=treeitem][aria-selected=true]').textContent()).toContain('Sibling 20000')

      await page.reload()
      const chosen = page.locator('[role=treeitem][aria-selected=true]')
      await chosen.waitFor()
      await until('the chosen line is on the screen again', async () => {
        const [tree, line] = [await page.getByRole('tree').locator('..').boundingBox(), await chosen.boundingBox()]
        return tree && line && line.y >= tree.y && line.y + line.height <= tree.y + tree.height + 1
      })
      await page.getByRole('heading', { level: 1, name: 'Sibling 20000' }).waitFor()
      expect(await shifted(page)).toBeLessThanOrEqual(STILL)
    })

    test('a member makes, renames, moves and deletes folders, and takes a deletion back', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Eda')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'member']], { workspaces: 1, folders: 20 })
      const top = (await foldersOf(sql, id)).filter(folder => !folder.parent_id)
      const { front, page } = await visit(stack(), who)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }])
      await page.goto(`${front.origin}/c/${id}/w/${first}/${top[1]?.id}`)
      const livingNamed = async (name: string) => (await sql.query<{ parent_id: string | null }>('select parent_id from folders where company_id = $1 and name = $2 and deleted_at is null', [id, name])).rows

      await page.getByRole('button', { name: 'New folder' }).click()
      await page.getByRole('dialog').getByLabel('Name').fill('Made here')
      await page.keyboard.press('Enter')
      const line = page.getByRole('treeitem', { name: 'Made here' })
      await line.waitFor()
      await until('it is with the server', async () => (await livingNamed('Made here'))[0]?.parent_id === top[1]?.id)

      await line.focus()
      await page.keyboard.press('F2')
      await page.getByRole('textbox', { name: 'New name of Made here' }).fill('Renamed here')
      await page.keyboard.press('Enter')
      const renamed = page.getByRole('treeitem', { name: 'Renamed here' })
      await renamed.waitFor()

      // Into a folder that is found by its name, as deep as it lies; never into itself.
      const dialog = page.getByRole('dialog')
      const finder = dialog.getByRole('combobox', { name: 'Find a folder' })
      await renamed.click({ button: 'right' })
      await page.getByRole('menuitem', { name: 'Move' }).click()
      await finder.fill('renamed')
      await page.getByRole('option', { name: 'Renamed here' }).click()
      await dialog.getByText('A folder cannot go into itself.').waitFor()
      expect(await dialog.getByRole('button', { name: 'Move here' }).isEnabled()).toBe(false)
      await finder.fill('nothing of this name')
      await page.keyboard.press('Enter')
      await finder.fill('folder 12')
      await page.getByRole('option', { name: 'Folder 12' }).waitFor()
      await page.keyboard.press('Enter')
      await dialog.getByText('Goes to Workspace 1 / Folder 10 / Folder 12.').waitFor()
      await dialog.getByRole('treeitem', { name: 'Folder 12', selected: true }).waitFor()
      await dialog.getByRole('button', { name: 'Move here' }).click()
      await until('it lies in what was found', async () => {
        const [parent] = (await sql.query<{ name: string }>('select name from folders where id = $1', [(await livingNamed('Renamed here'))[0]?.parent_id])).rows
        return parent?.name === 'Folder 12'
      })
      // The server knows it before this page does: only then is there something to open.
      await page.locator('[role=treeitem][aria-expanded=false]', { hasText: 'Folder 12' }).focus()
      await page.keyboard.press('ArrowRight')

      await renamed.click({ button: 'right' })
      await page.getByRole('menuitem', { name: 'Move' }).click()
      await dialog.getByRole('button', { name: 'Move here' }).click()
      await until('it lies at the top', async () => (await livingNamed('Renamed here'))[0]?.parent_id === null)
      await page.locator('[role=treeitem][aria-level="1"]', { hasText: 'Renamed here' }).waitFor()

      await renamed.focus()
      await page.keyboard.press('Delete')
      await until('it is deleted', async () => (await livingNamed('Renamed here')).length === 0)
      await until('its line goes', async () => await renamed.count() === 0)
      await page.getByRole('button', { name: 'Undo' }).click()
      await renamed.waitFor()
      await until('it is back at the server', async () => (await livingNamed('Renamed here')).length === 1)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }])
    })

    test('a member puts a workspace in another place, by the menu and by the keyboard, and it stays there', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Ono')
      const { id, workspaces } = await company(sql, [[who, 'member']], { workspaces: 3, folders: 3 })
      // As pages make them: nobody has placed them yet.
      await sql.query('update workspaces set position = \'a0\' where company_id = $1', [id])
      const { front, page } = await visit(stack(), who)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }])
      await page.goto(`${front.origin}/c/${id}`)
      const links = page.getByRole('list', { name: 'Workspaces' }).getByRole('link')
      const names = async () => (await links.evaluateAll(all => all.toSorted((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top).map(link => link.textContent?.match(/Workspace \d/)?.[0]))).join()
      await until('they stand by name', async () => await names() === 'Workspace 1,Workspace 2,Workspace 3')

      await page.getByRole('button', { name: 'Place of Workspace 3' }).click()
      await page.getByRole('menuitem', { name: 'Move up' }).click()
      await until('it stands one place earlier', async () => await names() === 'Workspace 1,Workspace 3,Workspace 2')
      await links.filter({ hasText: 'Workspace 1' }).focus()
      await page.keyboard.press('Alt+ArrowDown')
      await page.keyboard.press('Alt+ArrowDown')
      await until('it stands last', async () => await names() === 'Workspace 3,Workspace 2,Workspace 1')
      await page.getByText('Workspace 1 is now 3 of 3.').waitFor({ state: 'attached' })
      await focusIs(page, /Workspace 1/)
      await until('it stands so at the server', async () => {
        const { rows } = await sql.query<{ id: string }>('select id from workspaces where company_id = $1 order by position collate "C", name', [id])
        return rows.map(row => row.id).join() === [workspaces[2], workspaces[1], workspaces[0]].join()
      })
    })

    test('the first press opens what loads then, and what closes gives the focus back to its opener', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Ina')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'member']], { workspaces: 1, folders: 20 })
      const { front, page } = await visit(stack(), who)
      await page.goto(`${front.origin}/c/${id}/w/${first}`)
      const isFocused = (locator: Locator, what: string) => until(`${what} has the focus`, () => locator.evaluate(element => element === document.activeElement))
      const dialog = page.getByRole('dialog')

      const more = page.getByRole('button', { name: 'More for Workspace 1' })
      await more.click()
      await page.getByRole('menuitem', { name: 'Edit description' }).click()
      await dialog.getByRole('textbox').waitFor()
      await page.keyboard.press('Escape')
      await isFocused(more, 'the button of the menu')

      await more.press('Enter')
      await page.getByRole('menu').waitFor()
      await page.keyboard.press('Escape')
      await isFocused(more, 'the button of the menu')

      const line = page.getByRole('treeitem').first()
      await line.click({ button: 'right' })
      await page.getByRole('menuitem', { name: 'Move' }).click()
      await dialog.getByRole('tree').waitFor()
      await page.keyboard.press('Escape')
      await isFocused(line, 'the line of the tree')

      for (const testId of ['search-open', 'sync-details']) {
        await page.getByTestId(testId).press('Enter')
        await dialog.waitFor()
        await page.keyboard.press('Escape')
        await isFocused(page.getByTestId(testId), testId)
      }
    })

    test('a guest reads workspaces and folders, and is offered nothing else', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const [owner, guest] = [await person(sql, 'Own'), await person(sql, 'Gia')]
      const { id, workspaces: [first = ''] } = await company(sql, [[owner, 'owner'], [guest, 'guest']])
      const { front, page } = await visit(stack(), guest)
      await holdsWhatTheyMaySee(sql, [{ page, user: guest }])
      await page.goto(`${front.origin}/c/${id}`)
      await page.getByRole('link', { name: 'Workspace 1' }).first().waitFor()
      // The list may be painted before the role is known.
      await page.getByRole('navigation', { name: 'Company' }).getByRole('link', { name: 'Settings' }).waitFor()
      expect((await page.getByRole('navigation', { name: 'Company' }).getByRole('link').allTextContents()).map(text => text.trim())).toEqual(['Home', 'Search', 'Settings'])
      expect(await page.getByRole('button', { name: /new workspace/i }).count()).toBe(0)
      await page.goto(`${front.origin}/c/${id}/w/${first}`)
      await page.getByRole('treeitem').first().waitFor()
      await page.getByRole('treeitem').first().focus()
      for (const key of ['F2', 'Delete']) await page.keyboard.press(key)
      expect(await page.getByRole('textbox').count()).toBe(0)
      expect(await page.getByRole('button', { name: /new folder|more for/i }).count()).toBe(0)
      for (const path of ['members', 'groups', 'audit', 'import']) {
        await page.goto(`${front.origin}/c/${id}/${path}`)
        await page.getByText('Guests see workspaces and folders only.').waitFor()
      }
    })

    test('a list says of itself that it is empty, on its way, without a network, or failed; none of them makes the page jump', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Fay')
      const { id } = await company(sql, [[who, 'owner']], { workspaces: 0, folders: 0 })
      await sql.query('delete from user_groups where company_id = $1', [id])
      let release = () => {}
      const held = new Promise<void>((resolve) => { release = resolve })
      const { browser, front, page } = await visit(stack(), who, (f) => {
        f.refuse(['/api/reads'], 503, { code: 'database_unavailable', message: 'The database cannot be reached.', next: 'It is tried again by itself.' })
        f.gate = request => ['workspaces', 'folders', 'groups'].includes(request.shape) ? held : undefined
      })
      await noteShifts(page)
      // Beside it stand the recent changes, with faces of their own.
      const list = page.getByRole('region', { name: 'Workspaces' })
      await page.goto(`${front.origin}/c/${id}`)
      await list.locator('[data-face=loading]').waitFor()
      await until('the local database is open', async () => await localCount(page, 'companies') > 0, { deadline: 30_000 })
      front.unplug()
      await browser.context.setOffline(true)
      await list.locator('[data-face=offline]').waitFor({ timeout: 20_000 })
      expect(await list.locator('[data-face=offline]').textContent()).toContain('not on this device yet')
      release()
      front.gate = undefined
      front.plugIn()
      await browser.context.setOffline(false)
      await list.locator('[data-face=empty]').waitFor({ timeout: 30_000 })
      await page.goto(`${front.origin}/c/${id}/groups`)
      await page.getByText('No groups yet').waitFor()
      expect(await shifted(page)).toBeLessThanOrEqual(STILL)

      const other = await company(sql, [[who, 'owner']], { workspaces: 1, folders: 10 })
      front.refuse(['/api/shapes/workspaces', '/api/reads'], 403, { code: 'foreign_origin', message: 'This request came from another site.', next: 'Open the app at its own address and try again.' })
      await page.goto(`${front.origin}/c/${other.id}`)
      const failed = list.locator('[data-face=error]')
      await failed.waitFor({ timeout: 30_000 })
      expect(await failed.textContent()).toContain('This request came from another site.')
      expect(await failed.getByRole('button', { name: 'Retry' }).isEnabled()).toBe(true)
    })
  })
}
