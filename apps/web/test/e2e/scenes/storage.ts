import { describe, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { localCount, localSql } from '../../support/page'
import { company, foldersOf, person } from '../../support/people'
import type { Scenes } from '../../support/scenes'
import { visit } from '../../support/visit'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { until } from '../../support/wait'

export const storageScenes: Scenes = (stack) => {
  describe('what this device keeps', () => {
    test('the panel says what holds the copy, and gives it out as a file', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Panel')
      await company(sql, [[who, 'owner']], { folders: 10 })
      const { page } = await visit(stack(), who)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }])
      await page.getByTestId('sync-details').click()
      const panel = page.getByRole('dialog', { name: 'Sync' })
      await panel.getByText('Files of the browser').waitFor()
      await panel.getByText(/that the browser allows/).waitFor()
      await panel.getByText(/^Offset \d+_/).first().waitFor()
      const saving = page.waitForEvent('download')
      await panel.getByRole('button', { name: 'Export local data' }).click()
      const stream = await (await saving).createReadStream()
      const lines = Buffer.concat(await stream.toArray() as Buffer[]).toString().trim().split('\n').map(line => JSON.parse(line) as { table: string })
      expect(lines.filter(({ table }) => table === 'folders')).toHaveLength(10)
      await panel.getByRole('button', { name: 'Free space' }).click()
      await page.getByText('What could be given back was given back.').first().waitFor()
    })

    test('a browser that gives no more room: said over the page with what can go, what is here stays, and it goes on when there is some', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Full')
      const one = await company(sql, [[who, 'owner']], { folders: 400 })
      await company(sql, [[who, 'owner']], { folders: 10 })
      const { page, front } = await visit(stack(), who)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }])
      await page.goto(`${front.origin}/c/${one.id}`)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }])
      const session = await page.context().newCDPSession(page)
      const { usage } = await page.evaluate('navigator.storage.estimate()') as { usage: number }
      await session.send('Storage.overrideQuotaForOrigin', { origin: front.origin, quotaSize: usage + 20_000_000 })
      await sql.query('update folders set name = name || \' again\' where company_id = $1', [one.id])
      const notice = page.getByTestId('storage-notice')
      await notice.getByText('The browser gives this site no more room').waitFor({ timeout: 30_000 })
      await notice.getByRole('button', { name: /^Remove Company .* from this device$/ }).waitFor()
      const [kept] = await localSql<{ n: number }>(page, 'select count(*)::int as n from folders where company_id = $1', [one.id])
      expect(kept?.n).toBe((await foldersOf(sql, one.id)).length)

      await session.send('Storage.overrideQuotaForOrigin', { origin: front.origin })
      await page.getByTestId('sync-details').click()
      await page.getByRole('dialog', { name: 'Sync' }).getByRole('button', { name: 'Retry now' }).first().click()
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
      await notice.waitFor({ state: 'hidden' })
    })

    test('a company that is not to be on this device goes from it, is read from the server, and comes back whole', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Keeper')
      const [stays, goes] = [await company(sql, [[who, 'owner']], { folders: 10 }), await company(sql, [[who, 'owner']], { folders: 20 })]
      const { page, front } = await visit(stack(), who)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }])
      await page.goto(`${front.origin}/settings/storage`)
      const { rows: [{ name } = { name: '' }] } = await sql.query<{ name: string }>('select name from companies where id = $1', [goes.id])
      const sign = page.getByRole('switch', { name: `Keep ${name.replace(/\s+/g, ' ')} on this device` })
      await sign.click()
      await until('its folders are gone', async () => await localCount(page, 'folders').catch(() => undefined) === (await foldersOf(sql, stays.id)).length, { deadline: 30_000 })
      await page.goto(`${front.origin}/c/${goes.id}/w/${goes.workspaces[0]}`)
      await page.getByRole('treeitem').first().waitFor()
      expect(await localCount(page, 'folders')).toBe((await foldersOf(sql, stays.id)).length)

      await page.goto(`${front.origin}/settings/storage`)
      await until('it is off after a reload', async () => await sign.getAttribute('aria-checked') === 'false')
      await sign.click()
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
    })
  })
}
