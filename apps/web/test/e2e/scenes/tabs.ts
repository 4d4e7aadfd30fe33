import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { MOMENT_MS, type ShapeRequest } from '../../support/front'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { addLead, company, grow, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { anotherTab, plainVisit, visit } from '../../support/visit'
import { until } from '../../support/wait'

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** The scene of the connections goes on for so long; `pnpm soak:connections` says a minute. */
const WATCHED_MS = Number(process.env.CONNECTIONS_SECONDS ?? 3) * 1000

export function tabScenes(stack: () => Stack) {
  describe('several tabs', () => {
    test('the leader tab closes and the others go on, with one sync and without a new snapshot', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Lea')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'owner']])
      const here = await visit(stack(), who)
      const tabs: Page[] = [here.page, await anotherTab(here), await anotherTab(here)]
      const settled = () => holdsWhatTheyMaySee(sql, tabs.map(page => ({ page, user: who })))
      await settled()
      const since = performance.now()
      // The first tab was alone when it came: it leads. Then the second or the third does, and is closed too.
      for (const message of ['after the first leader', 'after the second']) {
        await tabs.shift()?.close()
        await addLead(sql, id, message)
        await grow(sql, id, first, 10)
        await settled()
      }
      expect(here.front.requests.filter(r => r.from > since && r.url.searchParams.get('offset') === '-1')).toEqual([])
    })

    test('the leader tab closes in the first sync, and another goes on from its offset', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Fio')
      await company(sql, [[who, 'owner']], { workspaces: 4, folders: 40_000 })
      const later = (request: ShapeRequest) => request.shape === 'folders' && request.url.searchParams.get('offset') !== '-1'
      let release = () => {}
      const held = new Promise<void>((resolve) => { release = resolve })
      const here = await visit(stack(), who, (front) => {
        front.gate = request => later(request) ? held : undefined
      })
      const second = await anotherTab(here)
      await until('the first page is applied and the second asked for', () => here.front.requests.some(later), { deadline: 40_000 })
      const offset = here.front.requests.find(later)?.url.searchParams.get('offset')
      const closed = performance.now()
      await here.page.close()
      here.front.gate = undefined
      await holdsWhatTheyMaySee(sql, [{ page: second, user: who }], { deadline: 40_000 })
      // Not before: the closed tab's worker lives a moment longer, and would take the page that was held.
      release()
      expect(here.front.snapshots('folders', closed)).toEqual([])
      expect(here.front.requests.find(r => r.shape === 'folders' && r.from > closed)?.url.searchParams.get('offset')).toBe(offset)
    })

    test('a page paints what changes, after its leader went too', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Pia')
      const { id } = await company(sql, [[who, 'owner']])
      const here = await visit(stack(), who)
      const second = await anotherTab(here)
      await holdsWhatTheyMaySee(sql, [{ page: second, user: who }])
      await sql.query('update companies set name = $2 where id = $1', [id, 'Painted once'])
      await second.getByText('Painted once').first().waitFor({ timeout: 10_000 })
      await here.page.close()
      await sql.query('update companies set name = $2 where id = $1', [id, 'Painted twice'])
      await second.getByText('Painted twice').first().waitFor({ timeout: 15_000 })
    })

    // `pnpm soak:connections` watches for a minute.
    test('five tabs of a person in ten companies never have more than two sync requests in flight over plain HTTP/1.1, and no other request waits for one of its six connections', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Max')
      const companies = await Promise.all(Array.from({ length: 10 }, (_, n) => company(sql, [[who, n % 2 ? 'member' : 'owner']], { folders: 300 })))
      const here = await plainVisit(stack(), who)
      const tabs: Page[] = [here.page]
      for (let n = 0; n < 4; n++) tabs.push(await anotherTab(here))
      const settled = () => holdsWhatTheyMaySee(sql, tabs.map(page => ({ page, user: who })), { deadline: 60_000 })
      await settled()
      const inFlight = () => here.front.requests.filter(r => r.to === undefined)
      // The last shapes join a quarter of a second after their rows are here.
      await until('one stream carries all', () => inFlight().length === 1 && inFlight().every(r => r.shape === 'stream' && performance.now() - r.from > 1_000))
      const since = here.front.requests.length
      const end = performance.now() + WATCHED_MS
      const answered: number[] = []
      for (let n = 0; n < 20 || performance.now() < end; n++) {
        for (const { id } of companies) await addLead(sql, id, `burst ${n}`)
        // 72 shapes are live in one of the tabs; what a page asks for itself is answered beside them.
        const [page = here.page] = tabs.slice(n % tabs.length)
        answered.push(await page.evaluate(async () => {
          const began = performance.now()
          await (await fetch('/api/auth/session')).text()
          return performance.now() - began
        }))
      }
      // What waits for sync waits for seconds; a machine that is busy has single answers over this.
      expect(median(answered)).toBeLessThan(200)
      expect(Math.max(...answered)).toBeLessThan(2_000)
      await settled()
      expect(here.front.longestBeyond(2)).toBeLessThan(MOMENT_MS)
      // All shapes live together in one request, 2 of the person and 7 of each company, and it is the same one all the time.
      await until('nothing is in flight but the stream', () => inFlight().map(r => r.shape).join() === 'stream')
      expect(here.front.requests.slice(since).filter(r => r.shape === 'stream').length).toBeLessThanOrEqual(2)
    })
  })
}
