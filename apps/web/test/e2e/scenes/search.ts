import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { localSql } from '../../support/page'
import { company, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { visit } from '../../support/visit'
import { until } from '../../support/wait'

const HOSTILE = ['Café Zürich', 'Отчёты за год', '年度销售报告', 'O\'Brien "quoted" \\ back', '100% cotton', 'LC_MESSAGES', '🚀 launch', `${'long '.repeat(30)}the end`]

/** Opens the palette with the keyboard and types; resolves with the titles when the text is answered. */
async function ask(page: Page, text: string): Promise<string[]> {
  const field = page.getByTestId('search-field')
  if (!await field.isVisible()) await page.keyboard.press('Control+k')
  await field.fill(text)
  await page.locator(`[data-testid="search-results"][data-answers=${JSON.stringify(text)}]`).waitFor({ state: 'attached', timeout: 10_000 })
  return titles(page)
}

const titles = (page: Page) => page.getByRole('option').locator('span[dir] >> nth=0').allInnerTexts()
const isFull = (page: Page) => until('search has taken everything in', async () => {
  const rows = await localSql<{ all: boolean }>(page, 'select count(*) >= 2 and bool_and(done) and not exists (select from search_changes) as all from search_fills')
  return rows[0]?.all === true
}, { deadline: 30_000 })

export function searchScenes(stack: () => Stack) {
  describe('search', () => {
    test('hostile names are found by typing, opened by Enter, followed as they change, and never by who may not see them', async () => {
      const { sql } = stack()
      const [owner, other, guest] = [await person(sql, 'Sela'), await person(sql, 'Otto'), await person(sql, 'Gast')]
      const mine = await company(sql, [[owner, 'owner'], [guest, 'guest']])
      const theirs = await company(sql, [[other, 'owner']])
      const [workspace, foreign] = [mine.workspaces[0]!, theirs.workspaces[0]!]
      const add = (id: string, space: string, name: string) => sql.query(
        'insert into folders (id, company_id, workspace_id, name, position) values (gen_random_uuid(), $1, $2, $3, \'z\') returning id', [id, space, name])
      for (const name of HOSTILE) await add(mine.id, workspace, name)
      await add(theirs.id, foreign, 'Café of others')

      const { page } = await visit(stack(), owner)
      await isFull(page)
      expect(await ask(page, 'zur cafe')).toEqual(['Café Zürich'])
      expect(await page.locator('mark').allInnerTexts()).toEqual(['Café', 'Zür'])
      for (const [name, text] of [[HOSTILE[1], 'отчет'], [HOSTILE[2], '销售'], [HOSTILE[3], 'o\'brien "q'], [HOSTILE[4], '100%'], [HOSTILE[5], 'lc_m'], [HOSTILE[6], '🚀'], [HOSTILE[7], 'long long']] as const) {
        expect(await ask(page, text)).toEqual([name])
      }
      // A slip of the keys comes as a second tier.
      await ask(page, 'cototn')
      await until('what comes close is shown', async () => (await titles(page)).includes('100% cotton'))
      expect(await page.getByText('Similar', { exact: true }).isVisible()).toBe(true)

      // The keyboard alone: down and up, and Enter opens the folder itself.
      await ask(page, 'lc_messages')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('Enter')
      await page.waitForURL(new RegExp(`/c/${mine.id}/w/${workspace}/[0-9a-f-]{36}$`))
      await page.getByTestId('search-field').waitFor({ state: 'hidden' })
      await page.keyboard.press('Control+k')
      await page.getByText('Opened lately').waitFor()
      expect(await titles(page)).toEqual(['LC_MESSAGES'])

      // Kept current while it is open.
      expect(await ask(page, 'newcomer')).toEqual([])
      const { rows: [made] } = await add(mine.id, workspace, 'newcomer of today')
      await until('a folder that was made elsewhere is found', async () => (await titles(page)).includes('newcomer of today'))
      await sql.query('update folders set deleted_at = now(), deletion_id = gen_random_uuid() where id = $1', [made.id])
      await until('a deleted one is not', async () => (await titles(page)).length === 0)

      const { page: guests } = await visit(stack(), guest)
      await isFull(guests)
      expect(await ask(guests, 'cafe')).toEqual(['Café Zürich'])
      expect(await ask(guests, 'sela')).toEqual([])
      expect(await ask(guests, 'editors')).toEqual([])

      // A page of its own, offline too, at an address that can be kept.
      await guests.context().setOffline(true)
      await guests.getByText('Show more results on a page').click()
      await guests.waitForURL(/\/search\?q=editors/)
      await guests.getByTestId('search-field').fill('100%')
      await until('the page answers offline', async () => (await titles(guests)).includes('100% cotton'))
      await guests.waitForURL(/q=100%25$/)
    })
  })
}
