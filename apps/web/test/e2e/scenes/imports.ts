import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { company, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { visit } from '../../support/visit'
import { until } from '../../support/wait'

const says = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor({ timeout: 20_000 })
const give = (page: Page, name: string, buffer: Buffer) => page.getByLabel('File of folder trees').setInputFiles({ name, mimeType: '', buffer })

/** Lets the page save something and reads it. */
async function saved(page: Page, item: string): Promise<{ name: string, text: string }> {
  await page.getByRole('button', { name: 'Export' }).click()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: item }).click()])
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') }
}

export function importScenes(stack: () => Stack) {
  describe('the import page', () => {
    test('an admin sees what is in a file, imports it, opens it, takes it out offline and finds it again', async () => {
      const { sql } = stack()
      const [owner, admin] = [await person(sql, 'Olga'), await person(sql, 'Ada')]
      const { id } = await company(sql, [[owner, 'owner'], [admin, 'admin']], { folders: 10 })
      const { page, front } = await visit(stack(), admin)
      const outcome = page.getByRole('status').filter({ hasText: 'What was imported' })
      await page.getByRole('link', { name: /Company/ }).first().click({ timeout: 20_000 })
      await page.getByRole('link', { name: 'Import' }).first().click({ timeout: 20_000 })

      // Refused whole: nothing is sent, the page says why and goes on.
      await give(page, 'bomb.tsv.gz', gzipSync(Buffer.alloc(64 * 1024 * 1024, 'a')))
      await says(page, 'The file inflates to far more than a folder tree does.')
      await give(page, 'picture.tsv', Buffer.from([0x89, 0x50, 0x4E, 0x47, 0, 1, 2, 3]))
      await says(page, 'Not one line of the file is')

      // Refused by line: the rest is shown as it will hang.
      const lines = ['Pläne 2027\tusr', 'Pläne 2027\tusr/share', 'broken', 'Pläne 2027\tusr/../x', 'Pläne 2027\tnowhere/x', 'Pläne 2027\tusr/share/地図 100%_\\N "x"', 'Pläne 2027\tetc']
      await give(page, 'plans.tsv.gz', gzipSync(lines.join('\n')))
      await says(page, '4 folders in 1 workspace')
      await says(page, '3 lines refused')
      await says(page, 'A path names folders')
      await page.getByRole('button', { name: 'Import 4 folders' }).click()
      await outcome.waitFor()
      expect(await outcome.textContent()).toMatch(/Made\s*4 folders, 1 workspace\s*There before\s*0 folders, 0 workspaces\s*Refused\s*3 lines/)

      // It comes down the road of every row.
      await outcome.getByRole('link', { name: 'Pläne 2027' }).click()
      const tree = page.getByRole('tree')
      await tree.getByText('usr').first().waitFor({ timeout: 20_000 })
      await tree.getByText('etc').first().waitFor()

      // Out again, with the cable pulled; a copy that is not whole yet is not offered.
      await until('all of it is on this device', () => page.getByRole('button', { name: 'Export' }).isEnabled(), { deadline: 30_000 })
      front.unplug()
      const tsv = await saved(page, 'Export as TSV')
      expect(tsv).toEqual({ name: 'Pläne 2027.tsv', text: [lines[0], lines[1], lines[5], lines[6], ''].join('\n') })
      const json = await saved(page, 'Export as JSON, with descriptions')
      expect(JSON.parse(json.text)).toMatchObject({ format: 'workspace-tree', workspace: { name: 'Pläne 2027' }, folders: [{ name: 'usr' }, { name: 'share', parent: 0 }, { parent: 1 }, { name: 'etc' }] })
      front.plugIn()

      await page.getByRole('link', { name: 'Import' }).first().click()
      await give(page, json.name, Buffer.from(json.text))
      await page.getByRole('button', { name: 'Import 4 folders' }).click({ timeout: 20_000 })
      await outcome.waitFor()
      expect(await outcome.textContent()).toMatch(/Made\s*0 folders, 0 workspaces\s*There before\s*4 folders, 1 workspace/)

      // Who may no longer import is told so by the server, even where the page does not know it yet.
      await page.getByRole('button', { name: 'Import another file' }).click()
      await give(page, 'late.tsv', Buffer.from('Late\tcomer\n'))
      await page.getByRole('button', { name: 'Import 1 folder' }).waitFor()
      await sql.query(`update company_members set role = 'member' where company_id = $1 and user_id = $2`, [id, admin.id])
      await page.getByRole('button', { name: 'Import 1 folder' }).click({ timeout: 2_000 }).catch(() => undefined)
      await page.getByText(/no longer allows this|not for your role/).first().waitFor({ timeout: 20_000 })
      const { rowCount } = await sql.query(`select from workspaces where company_id = $1 and name = 'Late'`, [id])
      expect(rowCount).toBe(0)
    })
  })
}
