import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { quickIf, SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { leaseDatabaseName } from '../../../shared/lease/store'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { localSql } from '../../support/page'
import { company, foldersOf, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { visit } from '../../support/visit'
import { until } from '../../support/wait'

const DAY = 86_400_000

/** Moves the times in a person's lease, as if that much more had gone by; from a page that opens no database. */
async function moveLease(page: Page, userId: string, by: { contact: number, seen: number }): Promise<void> {
  const installation = await page.evaluate(() => JSON.parse(localStorage.getItem('mvdb:database-name') ?? '""') as string)
  await page.evaluate(async ([name, { contact, seen }]) => {
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.open(name)
      request.onerror = () => reject(request.error ?? new Error('no lease'))
      request.onsuccess = () => {
        const write = request.result.transaction('lease', 'readwrite', { durability: 'strict' })
        const store = write.objectStore('lease')
        const read = store.get('lease') as IDBRequest<{ contact: number, seen: number, days: number }>
        read.onsuccess = () => store.put({ ...read.result, contact: read.result.contact + contact, seen: read.result.seen + seen }, 'lease')
        write.onabort = () => reject(write.error ?? new Error('not written'))
        write.oncomplete = () => {
          request.result.close()
          resolve()
        }
      }
    })
  }, [leaseDatabaseName(installation, userId), by] as const)
}

/** Notes whether a word was ever in the page, though only for a frame. */
const watchFor = (word: string) => `
  globalThis.wasShown = false
  new MutationObserver(() => { if (document.body?.textContent.includes(${JSON.stringify(word)})) globalThis.wasShown = true })
    .observe(document, { subtree: true, childList: true, characterData: true })`
const wasShown = (page: Page) => page.evaluate(() => (globalThis as { wasShown?: boolean }).wasShown)

export function leaseScenes(stack: () => Stack) {
  describe('a device that does not hear its server', () => {
    for (const [about, end, by, why] of [
      ['for longer than its lease', 'expired', { contact: -31 * DAY, seen: -DAY }, /too long/],
      ['and whose clock was set back', 'clock', { contact: 0, seen: 2 * DAY }, /clock of this device was set back/],
    ] as const) test(`${about} shows nothing after a reload and says why, and everything when the server is there again`, { timeout: 180_000, ...quickIf(end === 'expired') }, async () => {
      const { sql } = stack()
      const who = await person(sql, `Lea${end}`)
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'owner']])
      const folder = (await foldersOf(sql, id)).find(({ workspace_id, parent_id }) => workspace_id === first && parent_id === null)
      const word = `Words of ${end} ${who.id}`
      await sql.query('update folders set name = $2 where id = $1', [folder?.id, word])
      const { browser, front, page } = await visit(stack(), who)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 60_000 })
      const place = `${front.origin}/c/${id}/w/${first}`
      await page.goto(place)
      await page.getByText(word).first().waitFor()
      const beside = await browser.context.newPage()
      await beside.goto(`${front.origin}/api/health`)
      await page.goto('about:blank')
      await moveLease(beside, who.id, by)

      // The shell comes from the server until a service worker holds it: only what is asked of it is away.
      front.refuse(['/api/'], 502, {})
      await page.addInitScript(watchFor(word))
      await page.goto(place)
      await page.locator(`[data-testid=lease-ended][data-end=lease_${end}]`).waitFor()
      expect(await page.getByTestId('lease-ended').textContent()).toMatch(why)
      expect(await page.getByTestId('sync-status').textContent()).toMatch(/locked until the server is reached/i)
      await expect(localSql(page, 'select * from folders')).rejects.toThrow(why)
      expect(await wasShown(page)).toBe(false)

      await page.getByRole('button', { name: 'Try to connect' }).click()
      expect(await page.getByTestId('lease-ended').count()).toBe(1)
      front.refuse([], 502, {})
      await page.getByText(word).first().waitFor()
      expect(await page.getByTestId('lease-ended').count()).toBe(0)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 60_000 })
    })

    test('until the lease ends while it is looked at: then nothing is shown any more, and it comes back by itself', { tags: [SOAK], timeout: 180_000 }, async () => {
      const { sql } = stack()
      // 26 seconds: five times as long as a stream is ever silent.
      await stack().restartServers({ LEASE_DAYS: '0.0003' })
      onTestFinished(() => stack().restartServers())
      const who = await person(sql, 'Leona')
      const { id } = await company(sql, [[who, 'owner']])
      await sql.query('update companies set name = $2 where id = $1', [id, 'Of Leona alone'])
      const { front, page } = await visit(stack(), who)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 60_000 })
      const shown = page.getByRole('main').getByText('Of Leona alone')
      await shown.waitFor()
      front.unplug()
      await page.getByTestId('lease-ended').waitFor({ timeout: 60_000 })
      expect(await page.getByText('Of Leona alone').count()).toBe(0)
      await expect(localSql(page, 'select * from companies')).rejects.toThrow(/too long/)
      front.plugIn()
      await shown.waitFor({ timeout: 60_000 })
      await until('it can be worked with', async () => await page.getByTestId('lease-ended').count() === 0)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 60_000 })
    })
  })
}
