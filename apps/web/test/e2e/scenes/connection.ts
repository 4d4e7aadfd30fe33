import { describe, expect, test } from 'vitest'
import { quickIf, SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { differences, holdsWhatTheyMaySee } from '../../support/oracle'
import { localCount } from '../../support/page'
import { addLead, company, foldersOf, grow, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { anotherTab, plainVisit, visit } from '../../support/visit'
import { push } from '../../support/walk'
import { until } from '../../support/wait'

export function connectionScenes(stack: () => Stack) {
  describe('without a network', () => {
    test('everything is there while offline, and what changed meanwhile comes afterwards without a new snapshot', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Olf')
      const { id, workspaces: [first = '', second = ''] } = await company(sql, [[who, 'owner']])
      const { browser, front, page } = await visit(stack(), who)
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
      await settled()

      front.unplug()
      await browser.context.setOffline(true)
      await page.getByText(/offline/i).first().waitFor({ timeout: 15_000 })
      await grow(sql, id, first, 500)
      await sql.query('update folders set name = name || \' changed\' where workspace_id = $1', [second])
      await sql.query('delete from folders where id = $1', [(await foldersOf(sql, id)).findLast(f => f.parent_id)?.id])
      await addLead(sql, id, 'while away')
      await sql.query('update users set preferences = $2 where id = $1', [who.id, { theme: 'darker' }])
      expect(await localCount(page, 'folders')).toBe(60)
      expect(await localCount(page, 'leads')).toBe(4)
      // The copy is old now, and the oracle must be able to tell, or all its other verdicts are worth nothing.
      const differing = (await differences(sql, { page, user: who })).map(d => d.table)
      expect(differing.sort()).toEqual(['folders', 'leads', 'users'])

      const since = performance.now()
      front.plugIn()
      await browser.context.setOffline(false)
      await settled()
      expect(front.requests.filter(r => r.from > since && r.url.searchParams.get('offset') === '-1')).toEqual([])
      await page.getByText(/up to date/i).first().waitFor({ timeout: 10_000 })
    })

    test('a page whose code could not be fetched stands, and is loaded again when the server is there', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Cod')
      await company(sql, [[who, 'owner']])
      const { front, page } = await visit(stack(), who)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
      // What every page begins with comes; the code of the page itself breaks off, and the cable is out from then on.
      const first = await page.locator('link[rel=modulepreload], script[type=module]').evaluateAll(all => all.map(one => one.getAttribute('href') ?? one.getAttribute('src') ?? ''))
      let broken = 0
      await page.route('**/_nuxt/*.js', async (route) => {
        if (first.includes(new URL(route.request().url()).pathname)) return route.continue()
        broken++
        front.unplug()
        await route.abort()
      })
      await page.goto(`${front.origin}/settings`)
      await until('the code of the page broke off', () => broken > 0)
      await until('the server was asked for in vain', () => page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/api/config')).length > 1))
      expect(await page.locator('#__nuxt').count()).toBe(1)
      await page.unroute('**/_nuxt/*.js')
      front.plugIn()
      await page.getByRole('heading', { level: 1, name: /settings|profile/i }).waitFor({ timeout: 20_000 })
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
    })

    test('a page that is gone to without a network, and is not on the device, is said to be missing: this one stays, and the next press opens it', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Nip')
      const { id } = await company(sql, [[who, 'owner']])
      const { front, page } = await visit(stack(), who)
      await page.goto(`${front.origin}/c/${id}`)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
      front.unplug()
      await push(page, '/welcome').catch(() => undefined)
      await page.getByText('This page is not on this device yet').first().waitFor({ timeout: 15_000 })
      expect(new URL(page.url()).pathname).toBe(`/c/${id}`)
      front.plugIn()
      await push(page, '/welcome')
      await page.waitForURL('**/welcome', { timeout: 20_000 })
    })

    test('a first sync over a network that breaks in the middle of answers ends complete', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Tea')
      await company(sql, [[who, 'owner']], { folders: 20_000 })
      const { front, page } = await visit(stack(), who, f => f.tear(6, 300))
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 40_000 })
      expect(front.tearsLeft).toBe(0)
    })

    test('behind a proxy that holds answers back until they are whole, everything still comes', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Hol')
      const { id } = await company(sql, [[who, 'owner']])
      const { front, page } = await visit(stack(), who, (f) => { f.holdsBack = true })
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
      await until('the long poll has taken over', () => front.requests.some(r => r.shape === 'live'))
      for (const message of ['held back', 'and still here']) {
        await addLead(sql, id, message)
        await settled()
      }
      expect(front.mostInFlight).toBeLessThanOrEqual(2)
    })

    test('a cable that is pulled with nobody told heals by itself', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Cab')
      const { id } = await company(sql, [[who, 'owner']])
      const { front, page } = await visit(stack(), who)
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
      await settled()
      for (const message of ['first cut', 'second cut']) {
        front.unplug()
        await addLead(sql, id, message)
        front.plugIn()
        await settled()
      }
    })

    for (const [how, protocol, come] of [
      ['over HTTP/2 one connection carries everything', 'h2', visit],
      ['over plain HTTP/1.1 nothing changes', 'http/1.1', plainVisit],
    ] as const) test(`${how}: two sync requests at most, and changes come live`, quickIf(protocol === 'h2'), async () => {
      const { sql } = stack()
      const who = await person(sql, 'Htw')
      const [{ id, workspaces: [first = ''] }] = await Promise.all([company(sql, [[who, 'owner']]), company(sql, [[who, 'member']])])
      const here = await come(stack(), who)
      const { front, page } = here
      const other = await anotherTab(here)
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }, { page: other, user: who }], { deadline: 30_000 })
      await settled()
      expect(await page.evaluate(() => (performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming).nextHopProtocol)).toBe(protocol)
      const since = performance.now()
      for (const message of ['over one stream', 'and another time']) {
        await addLead(sql, id, message)
        await grow(sql, id, first, 5)
        await settled()
      }
      // The changes came over the stream: neither by a new snapshot nor by the long poll.
      expect(front.requests.filter(r => r.from > since && r.url.searchParams.get('offset') === '-1')).toEqual([])
      expect(front.requests.some(({ shape }) => shape === 'live')).toBe(false)
      expect(front.mostInFlight).toBeLessThanOrEqual(2)
      // A browser may open a second one before it knows that the first speaks HTTP/2.
      if (protocol === 'h2') expect(front.connections).toBeLessThanOrEqual(2)
    })
  })
}
