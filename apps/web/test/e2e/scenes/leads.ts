import type { Page } from 'playwright-core'
import { describe, expect, onTestFailed, onTestFinished, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { SESSION_OPEN } from '../../../form/session/session'
import { LEADS_PATH } from '../../../shared/protocol/leads'
import { violations } from '../../support/axe'
import { Browser } from '../../support/browser'
import { Front } from '../../support/front'
import { fill, isKept, journalOf, LIKE_A_PERSON_MS, waiting } from '../../support/lead-form'
import { filesWith, needle, noByteOf } from '../../support/needles'
import { sideways } from '../../support/on-screen'
import { localSql, signIn, signOut } from '../../support/page'
import { company, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { visit } from '../../support/visit'
import { until } from '../../support/wait'

interface Tablet { browser: Browser, front: Front, page: Page }

/** A tablet at a stand: a new browser at a company's form, which nobody is signed in at. */
export async function tablet(stack: Stack, form: string, prepare?: (front: Front) => void): Promise<Tablet> {
  const front = await Front.before(stack.replicas, { secure: true })
  prepare?.(front)
  onTestFinished(() => front.stop())
  const browser = await Browser.open(undefined, { keepsApp: true })
  onTestFailed(() => console.error([...browser.complaints.slice(-15), stack.output].join('\n')))
  onTestFinished(() => browser.close())
  await stack.sql.query('delete from auth.attempts')
  const page = browser.context.pages()[0] ?? await browser.context.newPage()
  await page.goto(`${front.origin}/f/${form}`)
  await page.getByLabel('Message').waitFor()
  return { browser, front, page }
}

/** Fills in and sends off as a person does, who needs their time for it. */
export async function enter(page: Page, lead: { name: string, message: string }): Promise<void> {
  await fill(page, lead)
  await page.waitForTimeout(LIKE_A_PERSON_MS)
  await page.getByRole('button', { name: 'Send' }).press('Enter')
  await page.getByText('Thank you.').waitFor()
  await until('the form is empty again', async () => await page.getByLabel('Message').inputValue() === '')
}

export const messages = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `Visitor ${n} ${needle()}`, message: `Please call me about this: ${needle()}` }))

/** The tables of the session are there, and count. */
const isCounting = (page: Page) => until('the session has its database', () => page.evaluate(mark => performance.getEntriesByName(mark).length > 0, SESSION_OPEN), { deadline: 90_000 })
/** As a browser tells a page that somebody came back to it. */
const comeBack = (page: Page) => page.evaluate(() => void document.dispatchEvent(new Event('visibilitychange')))
const shown = async (page: Page) => `example:${await page.getByLabel('Message').getAttribute('placeholder') === null ? 'none' : 'shown'}`

export function leadScenes(stack: () => Stack) {
  const stored = async (id: string) => (await stack().sql.query<{ name: string }>('select name from leads where company_id = $1 order by name', [id])).rows.map(({ name }) => name)

  describe('a tablet without a network', () => {
    for (const { count, kills, ...how } of [{ count: 5, kills: 2, timeout: 120_000 }, { count: 50, kills: 3, timeout: 600_000, tags: [SOAK] }]) {
      test(`${count} leads, the browser killed ${kills} times, and then a network that loses answers: each is with the server once, a member sees it live, and no byte stays`, how, async () => {
        const { sql } = stack()
        const who = await person(sql, 'Mem')
        const { id } = await company(sql, [[who, 'owner']])
        await sql.query('delete from leads where company_id = $1', [id])
        const member = await visit(stack(), who)
        await member.page.goto(`${member.front.origin}/c/${id}/leads`)
        await member.page.getByText('No leads yet.').waitFor({ timeout: 30_000 })
        const { browser, front, page: first } = await tablet(stack(), id)
        await isKept(first)

        front.unplug()
        await browser.context.setOffline(true)
        const leads = messages(count)
        let page = first
        for (const [n, lead] of leads.entries()) {
          await enter(page, lead)
          if ((n + 1) % Math.ceil(count / (kills + 1)) !== 0 || n === count - 1) continue
          // The moment after it was said to be saved.
          await browser.kill()
          await browser.reopen()
          await browser.context.setOffline(true)
          page = browser.context.pages()[0] ?? await browser.context.newPage()
          await page.goto(`${front.origin}/f/${id}`)
        }
        await until('all of them wait', async () => await waiting(page) === count)
        expect(await stored(id)).toEqual([])

        // Of three answers one is lost after the server has done what was asked, and one request never comes.
        let asked = 0
        await browser.context.route(`**${LEADS_PATH}`, async (route) => {
          asked++
          if (asked % 3 === 1) await route.fetch().catch(() => undefined)
          if (asked % 3 !== 0) return route.abort()
          return route.continue()
        })
        front.plugIn()
        await browser.context.setOffline(false)
        await until('the tablet has sent all', async () => await waiting(page) === 0 && (await stored(id)).length === count, { deadline: 60_000 })
        // The service worker may have sent them first, which no route of the page sees.
        expect(asked, 'answers were lost').toBeGreaterThan(0)
        expect(await stored(id)).toEqual(leads.map(({ name }) => name).toSorted())
        // The latest are at the top of the list.
        for (const { name } of leads.slice(-5)) await member.page.getByText(name).first().waitFor({ timeout: 10_000 })
        expect((await localSql(member.page, 'select name from leads where company_id = $1', [id])).length).toBe(count)
        await browser.context.close()
        for (const { name, message } of leads) for (const text of [name, message]) await noByteOf(browser.profile, text.split(' ').at(-1) ?? '')
      })
    }

    test('what is typed and not sent off is there after a reload and after a kill, and gone from the device once it is sent', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Dra')
      const { id } = await company(sql, [[who, 'owner']])
      const { browser, front, page: first } = await tablet(stack(), id)
      await isKept(first)
      const [lead = { name: '', message: '' }, cleared = { name: '', message: '' }] = messages(2)
      await fill(first, cleared)
      await first.waitForTimeout(500)
      await first.getByRole('button', { name: 'Clear what is entered' }).press('Enter')
      await until('it is cleared', async () => await first.getByLabel('Message').inputValue() === '')
      await fill(first, lead)
      await until('what is typed is noted', async () => (await journalOf(first, id))?.some(({ message }) => message === lead.message))
      await first.reload()
      await until('the reload finds it', async () => await first.getByLabel('Message').inputValue() === lead.message)
      await browser.kill()
      await browser.reopen()
      const page = browser.context.pages()[0] ?? await browser.context.newPage()
      await page.goto(`${front.origin}/f/${id}`)
      await until('the next start finds it', async () => await page.getByLabel('Message').inputValue() === lead.message)
      expect(await page.getByLabel('Name').inputValue()).toBe(lead.name)
      // The same a while later is somebody else's to see.
      const later = await browser.context.newPage()
      await later.clock.install({ time: Date.now() + 11 * 60_000 })
      await page.goto('about:blank')
      await later.goto(`${front.origin}/f/${id}`)
      await later.getByLabel('Message').waitFor()
      await later.clock.runFor(5_000)
      expect(await later.getByLabel('Message').inputValue()).toBe('')
      await noByteOf(browser.profile, lead.message.split(' ').at(-1) ?? '')
      await later.close()
      await page.goto(`${front.origin}/f/${id}`)
      await fill(page, lead)
      await page.waitForTimeout(LIKE_A_PERSON_MS)
      await page.getByRole('button', { name: 'Send' }).press('Enter')
      await until('it is with the server', async () => (await stored(id)).includes(lead.name), { deadline: 20_000 })
      await page.getByText('Everything is sent').waitFor()
      await browser.context.close()
      for (const text of [lead.name, lead.message, cleared.name, cleared.message]) await noByteOf(browser.profile, text.split(' ').at(-1) ?? '')
    })

    test('another tenant’s form on the same tablet knows nothing of them, and a member’s sign-in and sign-out leave them alone', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Ten')
      const [own, other] = [await company(sql, [[who, 'owner']]), await company(sql, [[who, 'owner']])]
      const { front, page } = await tablet(stack(), own.id)
      front.refuse([LEADS_PATH], 503, { code: 'sync_unavailable' })
      const [lead = { name: '', message: '' }] = messages(1)
      await enter(page, lead)
      await until('it waits', async () => await waiting(page) === 1)
      await page.goto(`${front.origin}/f/${other.id}`)
      await page.getByLabel('Message').waitFor()
      await until('its own journal is open', () => page.evaluate(async () => (await indexedDB.databases()).filter(({ name }) => name?.startsWith('offline-leads-')).length === 2))
      expect(await waiting(page)).toBe(0)

      await signIn(page, front.origin, who)
      await page.getByText(/up to date/i).first().waitFor({ timeout: 30_000 })
      await signOut(page)
      await page.goto(`${front.origin}/f/${own.id}`)
      await until('it waits still', async () => await waiting(page) === 1, { deadline: 10_000 })
      expect(await stored(other.id)).not.toContain(lead.name)
      front.allow()
      // Its own form may never be opened here again: whichever is sends what waits.
      await page.goto(`${front.origin}/f/${other.id}`)
      await until('it is with its own company', async () => (await stored(own.id)).includes(lead.name), { deadline: 20_000 })
      expect(await stored(other.id)).not.toContain(lead.name)
    })
  })

  test('a member says offline how far a lead is, what they noted, and that another one is the same person’s: all is shown at once, and with the colleagues when the network is back', { timeout: 120_000 }, async () => {
    const { sql } = stack()
    const [mem, col] = [await person(sql, 'Mem'), await person(sql, 'Col')]
    const { id } = await company(sql, [[mem, 'member'], [col, 'owner']])
    const [name, again] = [`Visitor ${needle()}`, `Visitor ${needle()}`]
    for (const one of [name, again]) await sql.query('insert into leads (id, company_id, name, email, message) values (gen_random_uuid(), $1, $2, \'v@example.com\', \'Please call me.\')', [id, one])
    const [member, colleague] = [await visit(stack(), mem), await visit(stack(), col)]
    for (const { page, front } of [member, colleague]) {
      await page.goto(`${front.origin}/c/${id}/leads`)
      await page.getByRole('button', { name }).waitFor({ timeout: 30_000 })
    }
    await member.page.getByText(/up to date/i).first().waitFor({ timeout: 30_000 })
    const open = async (page: Page) => {
      await page.getByRole('button', { name }).press('Enter')
      await page.getByRole('dialog').getByLabel('Notes').waitFor()
    }
    await open(member.page)
    member.front.unplug()
    await member.page.getByRole('dialog').getByLabel('Status').press('Enter')
    await member.page.getByRole('option', { name: 'Won' }).press('Enter')
    await member.page.getByRole('dialog').getByLabel('Notes').fill('They sign on Monday.')
    await member.page.getByRole('button', { name: 'Save the notes' }).press('Enter')
    await until('it is shown here', async () => (await localSql<{ status: string, notes: string }>(member.page, 'select status, notes from leads where company_id = $1 and name = $2', [id, name]))
      .some(row => row.status === 'won' && row.notes === 'They sign on Monday.'))
    await member.page.getByRole('button', { name: `Merge ${again} of` }).press('Enter')
    await member.page.getByRole('list', { name: 'Leads that were merged into this one' }).getByText(again).waitFor()
    await member.page.getByRole('dialog').getByText('Not sent yet').first().waitFor({ timeout: 15_000 })
    expect(await colleague.page.getByRole('button', { name }).textContent()).toContain('New')

    member.front.plugIn()
    await colleague.page.getByRole('button', { name }).filter({ hasText: 'Won' }).waitFor({ timeout: 30_000 })
    await colleague.page.getByRole('button', { name: again }).waitFor({ state: 'detached', timeout: 15_000 })
    await open(colleague.page)
    await colleague.page.getByRole('list', { name: 'Leads that were merged into this one' }).getByText(again).waitFor()
    expect(await colleague.page.getByRole('dialog').getByLabel('Notes').inputValue()).toBe('They sign on Monday.')
    await colleague.page.getByRole('button', { name: 'History' }).press('Enter')
    await colleague.page.getByText('Mem changed the status from New to Won.').waitFor()
    await member.page.getByRole('dialog').getByText('Not sent yet').first().waitFor({ state: 'detached', timeout: 15_000 })
  })

  test('a lead that a member erases is gone from the server, from every screen, and by and by from every disk', { timeout: 300_000, tags: [SOAK] }, async () => {
    const { sql } = stack()
    const [mem, col] = [await person(sql, 'Mem'), await person(sql, 'Col')]
    const { id } = await company(sql, [[mem, 'member'], [col, 'owner']])
    const word = needle()
    const [name, kept] = [`Visitor ${word}`, `Visitor ${needle()}`]
    for (const one of [name, kept]) await sql.query('insert into leads (id, company_id, name, email, message) values (gen_random_uuid(), $1, $2, \'v@example.com\', $3)', [id, one, `Please call me about ${one}.`])
    const [member, colleague] = [await visit(stack(), mem), await visit(stack(), col)]
    for (const { page, front } of [member, colleague]) {
      await page.goto(`${front.origin}/c/${id}/leads`)
      await page.getByRole('button', { name }).waitFor({ timeout: 30_000 })
    }
    for (const { browser } of [member, colleague]) await expect.poll(() => filesWith(browser.profile, word), { timeout: 30_000 }).not.toEqual([])
    await member.page.getByRole('button', { name }).press('Enter')
    await member.page.getByRole('button', { name: 'Erase this lead' }).press('Enter')
    await member.page.getByRole('button', { name: 'Erase the lead' }).press('Enter')
    for (const { page } of [member, colleague]) {
      await page.getByRole('button', { name }).waitFor({ state: 'detached', timeout: 30_000 })
      await page.getByRole('button', { name: kept }).waitFor()
      expect(await localSql(page, 'select name from leads where company_id = $1 and name = $2', [id, name])).toEqual([])
    }
    expect((await sql.query('select from leads where company_id = $1 and name = $2', [id, name])).rowCount).toBe(0)
    // When nobody has worked on the copies for a while.
    for (const { browser } of [member, colleague]) await expect.poll(() => filesWith(browser.profile, word), { timeout: 120_000, interval: 1_000 }).toEqual([])
    for (const { browser, page } of [member, colleague]) {
      expect(await localSql(page, 'select name from leads where company_id = $1 and name = $2', [id, kept])).toHaveLength(1)
      expect(await filesWith(browser.profile, kept.split(' ').at(-1) ?? '')).not.toEqual([])
    }
  })

  describe('what a visit is worth, and the variant that it saw,', () => {
    const visitOf = async (id: string, name: string) => (await stack().sql.query<{ score: number, variant: string }>('select score, variant from leads where company_id = $1 and name = $2', [id, name])).rows[0]

    test('travel with the lead, the next visitor’s begins anew, and no byte of a session is on the disk', { timeout: 240_000 }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Vis')
      const { id } = await company(sql, [[who, 'owner']])
      const { browser, front, page } = await tablet(stack(), id)
      // The database comes behind the form, by the one that keeps it: what it fetches is there without a network, too.
      await isKept(page)
      await page.reload()
      await isCounting(page)
      const mark = needle()
      await browser.context.setOffline(true)
      front.unplug()
      await page.goto(`${front.origin}/f/${id}/${mark}`)
      await page.getByLabel('Message').waitFor()
      await isCounting(page)
      const [first = { name: '', message: '' }, second = { name: '', message: '' }] = messages(2)
      for (let n = 0; n < 2; n++) await comeBack(page)
      const variants = [await shown(page)]
      await enter(page, first)
      variants.push(await shown(page))
      await enter(page, second)
      front.plugIn()
      await browser.context.setOffline(false)
      await until('both are with the server', async () => (await stored(id)).includes(first.name) && (await stored(id)).includes(second.name), { deadline: 20_000 })
      // Three views and what was begun; then what was begun alone.
      expect(await visitOf(id, first.name)).toEqual({ score: 25, variant: variants[0] })
      expect(await visitOf(id, second.name)).toEqual({ score: 15, variant: variants[1] })
      expect(browser.complaints.filter(said => said.includes('without a database'))).toEqual([])
      expect(await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name ?? '').filter(name => !/^offline-leads-|^device-(?:forms$|sweep-)/.test(name)))).toEqual([])
      expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0])
      await browser.context.close()
      await noByteOf(browser.profile, mark)
    })

    test('travel with the lead where the database cannot be loaded', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Non')
      const { id } = await company(sql, [[who, 'owner']])
      const { browser, page } = await tablet(stack(), id, front => front.refuse(['/workers/'], 503, {}))
      await until('it is said that there is none', () => browser.complaints.some(said => said.includes('without a database')), { deadline: 40_000 })
      const [lead = { name: '', message: '' }] = messages(1)
      for (let n = 0; n < 4; n++) await comeBack(page)
      const variant = await shown(page)
      await enter(page, lead)
      await until('it is with the server', async () => (await stored(id)).includes(lead.name), { deadline: 20_000 })
      expect(await visitOf(id, lead.name)).toEqual({ score: 35, variant })
    })
  })

  test('what is wrong is said at the field, announced, and sent nowhere', async () => {
    const { sql } = stack()
    const who = await person(sql, 'Err')
    const { id } = await company(sql, [[who, 'owner']])
    const { front, page } = await tablet(stack(), id)
    await page.getByLabel('Name').fill('G')
    await page.getByLabel('E-mail').fill('no address')
    await page.getByLabel('Message').fill('too short')
    await page.getByRole('button', { name: 'Send' }).press('Enter')
    await page.getByText('Enter your name: 2 characters or more.').waitFor()
    for (const label of ['Name', 'E-mail', 'Message']) expect(await page.getByLabel(label).getAttribute('aria-invalid'), label).toBe('true')
    expect(await page.getByLabel('Name').evaluate(field => field === document.activeElement)).toBe(true)
    expect(await page.getByLabel('Message').inputValue()).toBe('too short')
    expect(front.calls.filter(call => call.includes(LEADS_PATH))).toEqual([])

    // Put right, and pressed at once: nothing has moved from under the pointer.
    const [lead = { name: '', message: '' }] = messages(1)
    const before = await page.getByRole('button', { name: 'Send' }).boundingBox()
    await fill(page, lead)
    await page.getByText('Enter your name: 2 characters or more.').waitFor({ state: 'detached' })
    // A person needs longer.
    await page.waitForTimeout(LIKE_A_PERSON_MS)
    expect(await page.getByRole('button', { name: 'Send' }).boundingBox()).toEqual(before)
    await page.mouse.click((before?.x ?? 0) + 20, (before?.y ?? 0) + 10)
    await page.getByText('Thank you.').waitFor()
    await until('it is with the server', async () => (await stored(id)).includes(lead.name), { deadline: 20_000 })
  })

  test('the form breaks no rule of axe, as it comes, with what is wrong and after it was sent off, in light, in dark and on a telephone', async () => {
    const { sql } = stack()
    const who = await person(sql, 'Axe')
    const { id } = await company(sql, [[who, 'owner']])
    await sql.query('update companies set settings = $2 where id = $1', [id, { form: { open: true, consent: 'We write back once.', privacy_url: 'https://example.com/privacy' } }])
    const { page } = await tablet(stack(), id)
    const found: string[] = []
    for (const state of ['as it comes', 'with what is wrong', 'after it was sent off']) {
      if (state === 'after it was sent off') await enter(page, messages(1)[0] ?? { name: '', message: '' })
      if (state === 'with what is wrong') {
        await page.getByRole('button', { name: 'Send' }).press('Enter')
        await page.getByText('Enter your name: 2 characters or more.').waitFor()
      }
      for (const [look, colorScheme, width] of [['light', 'light', 1280], ['dark', 'dark', 1280], ['360', 'light', 360]] as const) {
        await page.setViewportSize({ width, height: 800 })
        await page.emulateMedia({ colorScheme })
        await page.waitForFunction(dark => document.documentElement.classList.contains('dark') === dark, colorScheme === 'dark')
        found.push(...(await violations(page)).map(line => `${state}, ${look}: ${line}`))
        if (await sideways(page) > 0) found.push(`${state}, ${look}: it is wider than its screen`)
      }
    }
    expect(found.join('\n')).toBe('')
  })
}
