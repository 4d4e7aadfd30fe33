import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { LEADS_PATH } from '../../../shared/protocol/leads'
import { answerBody } from '../../../shared/protocol/answers'
import { violations } from '../../support/axe'
import { isKept, waiting } from '../../support/lead-form'
import { needle, noByteOf } from '../../support/needles'
import { sideways } from '../../support/on-screen'
import { PASSWORD } from '../../support/page'
import { company, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { until } from '../../support/wait'
import { enter, messages, tablet } from './leads'

const DAY = 86_400_000

/** What a device says of what waits on it, to strangers and to the company. */
export function leadDeviceScenes(stack: () => Stack) {
  const stored = async (id: string) => (await stack().sql.query<{ name: string }>('select name from leads where company_id = $1', [id])).rows.map(({ name }) => name)
  const signIn = async (page: Page, email: string) => expect(await page.evaluate(async body => (await fetch('/api/auth/sign-in', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status, JSON.stringify({ email, password: PASSWORD }))).toBe(200)

  describe('what the server refused', () => {
    test('is shown to who may see the company’s leads and to nobody else; they send it again, save it, and discard it to the last byte', async () => {
      const { sql } = stack()
      const [owner, stranger] = [await person(sql, 'Own'), await person(sql, 'Str')]
      const { id } = await company(sql, [[owner, 'owner']])
      const { browser, front, page } = await tablet(stack(), id)
      await browser.context.route(`**${LEADS_PATH}`, async (route) => {
        const { leads } = route.request().postDataJSON() as { leads: { id: string }[] }
        await route.fulfill({ json: { results: leads.map(lead => ({ ...answerBody('lead_taken'), id: lead.id, status: 'refused' })) } })
      })
      const [kept, gone] = [{ name: `=Visitor ${needle()}`, message: 'Please call me about this.' }, { name: `Visitor ${needle()}`, message: `Please: ${needle()}` }]
      for (const lead of [kept, gone]) await enter(page, lead)
      await page.getByText('2 entries were not taken by the server').waitFor()
      expect(await page.content()).not.toContain(kept.name)

      await page.goto(`${front.origin}/f/${id}?operator`)
      await page.getByText('shown to members of the company only').waitFor()
      expect(await page.content()).not.toContain(kept.name)
      await signIn(page, stranger.email)
      await page.getByRole('button', { name: 'Try again' }).first().press('Enter')
      await page.getByText('Your account may not see').waitFor()
      expect(await page.content()).not.toContain(kept.name)
      await browser.context.clearCookies()
      await signIn(page, owner.email)
      await page.getByRole('button', { name: 'Try again' }).first().press('Enter')
      await page.getByText(kept.name).waitFor()
      await page.getByText('This entry was begun on another device.').first().waitFor()
      const found: string[] = []
      for (const [look, colorScheme, width] of [['light', 'light', 1280], ['dark', 'dark', 1280], ['360', 'light', 360]] as const) {
        await page.setViewportSize({ width, height: 800 })
        await page.emulateMedia({ colorScheme })
        await page.waitForFunction(dark => document.documentElement.classList.contains('dark') === dark, colorScheme === 'dark')
        found.push(...(await violations(page)).map(line => `${look}: ${line}`))
        if (await sideways(page) > 0) found.push(`${look}: it is wider than its screen`)
      }
      expect(found.join('\n')).toBe('')

      const saving = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Save as CSV' }).press('Enter')
      const text = await readFile(await (await saving).path(), 'utf8')
      expect(text).toContain(`'${kept.name}`)
      expect(text).toContain(gone.message)

      await page.getByRole('button', { name: `Discard the entry of ${gone.name}` }).press('Enter')
      await page.getByRole('button', { name: 'Keep' }).press('Enter')
      await page.getByRole('button', { name: `Discard the entry of ${gone.name}` }).press('Enter')
      await until('it is asked about, with the focus there', () => page.evaluate(() => document.activeElement?.textContent?.includes('Discard for good')))
      await page.keyboard.press('Enter')
      await page.getByText('1 entry is not sent.').waitFor()
      await browser.context.unroute(`**${LEADS_PATH}`)
      await page.getByRole('button', { name: 'Send all again' }).press('Enter')
      await page.getByText('Nothing waits on this device.').waitFor()
      expect(await stored(id)).toContain(kept.name)
      expect(await stored(id)).not.toContain(gone.name)
      await (await saving).delete()
      await browser.context.close()
      for (const entry of [gone.name, gone.message]) await noByteOf(browser.profile, entry.split(' ').at(-1) ?? '')
    }, 180_000)
  })

  test('what waits for more than a week is counted on the form, for whoever stands there', async () => {
    const { sql } = stack()
    const { id } = await company(sql, [[await person(sql, 'Old'), 'owner']])
    const { front, page } = await tablet(stack(), id)
    front.refuse([LEADS_PATH], 503, { code: 'sync_unavailable' })
    await page.clock.setFixedTime(Date.now() - 8 * DAY)
    await enter(page, messages(1)[0] ?? { name: '', message: '' })
    await until('it waits', async () => await waiting(page) === 1)
    expect(await page.getByText('more than 7 days').count()).toBe(0)
    await page.clock.setFixedTime(Date.now())
    await page.reload()
    await page.getByText('1 entry waits for more than 7 days').waitFor()
  })

  test('where strangers use it one after the other it shows nobody the one before, clears itself, and leads nowhere', async () => {
    const { sql } = stack()
    const { id } = await company(sql, [[await person(sql, 'Kio'), 'owner']])
    await sql.query('update companies set settings = $2 where id = $1', [id, { form: { open: true, consent: 'We write back once.', privacy_url: 'https://example.com/privacy' } }])
    const { front, page } = await tablet(stack(), id)
    front.refuse([LEADS_PATH], 503, { code: 'sync_unavailable' })
    await page.goto(`${front.origin}/f/${id}?kiosk`)
    const lead = messages(1)[0] ?? { name: '', message: '' }
    await enter(page, lead)
    await page.getByText('Thank you.').waitFor({ state: 'detached', timeout: 20_000 })
    // Its tab has it still, with another address; and what is for the company is not opened there.
    await page.goto(`${front.origin}/f/${id}?operator`)
    await until('it waits', async () => await waiting(page) === 1)
    await page.getByText('https://example.com/privacy').waitFor()
    expect(await page.locator('a').count()).toBe(0)
    // Not while it is trying.
    await expect.poll(() => page.getByRole('button').allTextContents().then(all => all.map(text => text.trim())), { timeout: 20_000 }).toEqual(['Send', 'Clear what is entered', 'Try again'])
    expect(await page.content()).not.toContain(lead.name)

    await page.clock.install()
    await page.reload()
    await page.getByLabel('Name').fill('Somebody who left')
    await page.clock.runFor(70_000)
    await until('what was left is cleared', async () => await page.getByLabel('Name').inputValue() === '')
  })

  test('the browser sends what waits when the last page of the form is closed', async () => {
    const { sql } = stack()
    const { id } = await company(sql, [[await person(sql, 'Bgs'), 'owner']])
    const { browser, front, page } = await tablet(stack(), id)
    await isKept(page)
    front.refuse([LEADS_PATH], 503, { code: 'sync_unavailable' })
    const lead = messages(1)[0] ?? { name: '', message: '' }
    await enter(page, lead)
    await until('it waits', async () => await waiting(page) === 1)
    const protocol = await browser.context.newCDPSession(page)
    const registered = new Promise<string>((resolve) => {
      protocol.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const found = registrations.find(({ scopeURL }) => scopeURL.endsWith('/f/'))
        if (found) resolve(found.registrationId)
      })
    })
    await protocol.send('ServiceWorker.enable')
    const registrationId = await registered
    await page.goto(`${front.origin}/sign-in`)
    expect(await stored(id)).not.toContain(lead.name)
    front.allow()
    await protocol.send('ServiceWorker.dispatchSyncEvent', { origin: front.origin, registrationId, tag: 'leads', lastChance: false })
    await until('it is with the server', async () => (await stored(id)).includes(lead.name), { deadline: 20_000 })
  })

  test('it can be installed as a program that opens at this company’s form', async () => {
    const { sql } = stack()
    const { id } = await company(sql, [[await person(sql, 'Ins'), 'owner']])
    const { browser, page } = await tablet(stack(), id)
    const protocol = await browser.context.newCDPSession(page)
    const { url, errors, data } = await protocol.send('Page.getAppManifest')
    expect(url).toMatch(new RegExp(`/f/${id}/manifest.webmanifest$`))
    expect(errors).toEqual([])
    expect(JSON.parse(data ?? '')).toMatchObject({ start_url: `/f/${id}`, scope: '/f/', display: 'standalone' })
  })
}
