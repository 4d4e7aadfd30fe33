import { describe, expect, test } from 'vitest'
import { company, person } from '../../support/people'
import type { Scenes } from '../../support/scenes'
import { visit } from '../../support/visit'
import { holdsWhatTheyMaySee } from '../../support/oracle'

export const storageScenes: Scenes = (stack) => {
  describe('what this device keeps', () => {
    test('the panel says what holds the copy, and gives it out as a file', async () => {
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
  })
}
