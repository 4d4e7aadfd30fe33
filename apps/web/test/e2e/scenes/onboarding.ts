import type { Page } from 'playwright-core'
import { describe, expect, onTestFailed, onTestFinished, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { Browser } from '../../support/browser'
import { sideways } from '../../support/on-screen'
import { localSql, pointer } from '../../support/page'
import type { Stack } from '../../support/stack'
import { until } from '../../support/wait'

const PASSWORD = 'three words of mine'
const unique = `${process.pid}-${Date.now() % 100_000}`

async function newBrowser(stack: Stack): Promise<Page> {
  const browser = await Browser.open()
  onTestFailed(() => { console.error([...browser.complaints.slice(-15), stack.output].join('\n')) })
  onTestFinished(() => browser.close())
  // All people of a run come from one address: the limits are not what the scenes are about.
  await stack.sql.query('delete from auth.attempts')
  return browser.context.pages()[0] ?? browser.context.newPage()
}

const says = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor({ timeout: 20_000 })
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click()

async function fillSignUp(page: Page, name: string, email: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await press(page, 'Make the account')
  await until(`${email} is here`, async () => await pointer(page).catch(() => undefined))
}

interface NuxtRoot extends Element { __vue_app__?: { $nuxt?: { $router?: { push: (path: string) => Promise<unknown> } } } }

/** Another page without loading the app again, as a link does. */
async function goWithin(page: Page, path: string): Promise<void> {
  await page.evaluate(async (to) => {
    const root: NuxtRoot | null = document.querySelector('#__nuxt')
    await root?.__vue_app__?.$nuxt?.$router?.push(to)
  }, path)
  await page.waitForURL(url => `${url.pathname}${url.search}` === path)
}

export function onboardingScenes(stack: () => Stack) {
  describe('onboarding in the browser alone', () => {
    test('an owner makes account and company, invites by link, and sees the member come, rise, and leave', { tags: [SOAK], timeout: 150_000 }, async () => {
      const { origin, sql } = stack()
      const [owner, member] = [await newBrowser(stack()), await newBrowser(stack())]
      const addresses = { owner: `owner-${unique}@example.com`, member: `member-${unique}@example.com` }

      // From the sign-in page on, as somebody who has only the app's address.
      await owner.goto(origin)
      await owner.getByRole('link', { name: 'Make an account' }).click()
      await fillSignUp(owner, 'Olivia Owner', addresses.owner)
      await says(owner, 'Welcome, Olivia Owner')
      await owner.getByLabel('Name of the company').fill('Örtliche Gilde')
      await until('the short name is made of the name', async () => await owner.getByLabel('Short name').inputValue() === 'ortliche-gilde')
      await owner.getByLabel('Short name').fill(`gilde-${unique}`)
      await says(owner, 'Free')
      await press(owner, 'Make the company')
      await owner.waitForURL(/\/c\/[0-9a-f-]{36}$/, { timeout: 20_000 })
      const company = owner.url().split('/').at(-1) ?? ''

      await owner.goto(`${origin}/c/${company}/members`)
      await press(owner, 'Invite')
      await press(owner, 'Make an invite')
      const link = await owner.getByLabel('Link of the invite').inputValue()
      await owner.getByRole('list', { name: 'Invites that wait' }).getByText('Whoever has the link').waitFor()
      expect(new URL(link).origin).toBe(origin)

      // Signed out, the link says what it is to; the account made with it is in the company at once.
      await member.goto(link)
      await says(member, 'Join Örtliche Gilde')
      await member.getByRole('link', { name: 'Make an account and join' }).click()
      await says(member, /you join/)
      await fillSignUp(member, 'Milo Member', addresses.member)
      await member.getByRole('link', { name: /Örtliche Gilde/ }).first().click({ timeout: 20_000 })
      await says(owner, 'Milo Member')
      // An invite that was accepted waits no more; nobody reloads a page to see it.
      await until('no invite waits', async () => await owner.getByRole('list', { name: 'Invites that wait' }).count() === 0)

      // The owner gives another role; it arrives without anything being pressed.
      await press(owner, 'Role and place of Milo Member')
      await owner.getByRole('menuitemcheckbox', { name: 'Admin' }).click()
      await says(owner, 'Milo Member is an admin now.')
      await until('the new role has come to the member', async () =>
        (await localSql<{ role: string }>(member, 'select role from memberships').catch(() => []))[0]?.role === 'admin')

      // The invite is used: its link opens nothing any more.
      await owner.goto(link)
      await says(owner, 'This invite was used, taken back, or is too old.')

      // The owner's other device is signed out from here.
      const other = await newBrowser(stack())
      await other.goto(`${origin}/sign-in`)
      await other.getByLabel('E-mail').fill(addresses.owner)
      await other.getByLabel('Password', { exact: true }).fill(PASSWORD)
      await press(other, /^sign in$/i)
      await other.getByRole('link', { name: /Örtliche Gilde/ }).first().waitFor({ timeout: 20_000 })
      await owner.goto(`${origin}/settings/security`)
      await press(owner, /^End the session on/)
      await until('the other device has to sign in again', async () => await other.getByText(/sign in again/i).count() > 0, { deadline: 40_000 })
      expect(await owner.getByText(/sign in again to sync/i).count()).toBe(0)

      // The member leaves: the company goes from their device, and they from the owner's list.
      await member.goto(`${origin}/c/${company}/settings`)
      await press(member, 'Leave Örtliche Gilde')
      await member.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
      await says(member, 'You left Örtliche Gilde.')
      await until('nothing of the company is left on their device', async () =>
        (await localSql(member, 'select id from companies union all select id from company_members').catch(() => [1])).length === 0, { deadline: 30_000 })
      await until('the owner sees them gone', async () => (await localSql(owner, 'select id from company_members')).length === 1)

      // The only owner cannot go, and everything that happened can be read.
      await owner.goto(`${origin}/c/${company}/settings`)
      await press(owner, 'Leave Örtliche Gilde')
      await owner.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
      await says(owner, 'A company cannot be without an owner.')
      await owner.goto(`${origin}/c/${company}/audit`)
      for (const sentence of ['Olivia Owner made the company Örtliche Gilde.', 'Olivia Owner invited whoever has the link as a member.', 'Milo Member accepted an invite and became a member.', 'Milo Member (admin) left the company.']) {
        await says(owner, sentence)
      }
      const { rows } = await sql.query('select 1 from company_members where company_id = $1', [company])
      expect(rows).toHaveLength(1)

      // Colours are chosen once, and are there after a reload.
      await goWithin(owner, '/settings/preferences')
      await owner.getByRole('radio', { name: 'Dark' }).click()
      await until('the page is dark', async () => await owner.locator('html.dark').count() === 1)
      await until('the choice is at the server', async () =>
        (await sql.query('select 1 from users where email = $1 and preferences @> $2', [addresses.owner, { theme: 'dark' }])).rows.length === 1)

      // A phone: no page of these is wider than its screen.
      await owner.setViewportSize({ width: 360, height: 740 })
      for (const path of ['/settings', '/settings/preferences', '/settings/security', '/settings/storage', '/welcome', '/sign-in', '/sign-up', '/reset', `/reset?token=${'x'.repeat(43)}`, '/confirm-email?token=x', `/invite?token=${'x'.repeat(43)}`, `/c/${company}/settings`, `/c/${company}/audit`, `/c/${company}/members`]) {
        await goWithin(owner, path)
        await owner.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached', timeout: 20_000 })
        expect(await sideways(owner), path).toBe(0)
      }
    })
  })
}
