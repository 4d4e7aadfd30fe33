import { describe, expect, test } from 'vitest'
import { quickIf, SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { localCount } from '../../support/page'
import { isGiven } from '../../support/backend'
import { addLead, company, grow, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { visit } from '../../support/visit'

export function restartScenes(stack: () => Stack) {
  describe('when something behind the page is killed', () => {
    test('the servers are killed: the page keeps its rows, and goes on when it is back', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Ser')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'owner']])
      const { front, page } = await visit(stack(), who)
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 40_000 })
      await settled()
      const since = performance.now()
      await stack().killServers()
      await addLead(sql, id, 'nobody serves')
      await grow(sql, id, first, 100)
      expect(await localCount(page, 'folders')).toBe(60)
      await stack().startServers()
      await settled()
      expect(front.requests.filter(r => r.from > since && r.url.searchParams.get('offset') === '-1')).toEqual([])
    })

    test('one of two servers is killed while it carries the stream: the page goes on by the other, and nothing is missing', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Two')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'owner']])
      const { front, page } = await visit(stack(), who)
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 40_000 })
      await settled()
      const since = performance.now()
      // Whichever it is that carries it: each has been the one that is gone.
      for (const n of [0, 1]) {
        await stack().killServer(n)
        await addLead(sql, id, `without server ${n + 1}`)
        await grow(sql, id, first, 50)
        await settled()
        await stack().startServer(n)
      }
      expect(front.requests.filter(r => r.from > since && r.url.searchParams.get('offset') === '-1')).toEqual([])
    })

    for (const [what, kill, isQuick] of [
      ['Electric is', () => stack().killElectric(), false],
      ['PostgreSQL is', () => stack().killPostgres(), false],
      ['PostgreSQL and Electric are', () => Promise.all([stack().killElectric(), stack().killPostgres()]), true],
    ] as const) test.skipIf(isGiven)(`${what} killed: the page goes on with the same handles, and nothing is missing`, quickIf(isQuick), async () => {
      const { sql } = stack()
      const who = await person(sql, 'Emb')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'owner']])
      const { front, page } = await visit(stack(), who)
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 40_000 })
      await settled()
      const since = performance.now()
      // Killed right after a commit: what was committed and not yet passed on must still arrive.
      await grow(sql, id, first, 300)
      await addLead(sql, id, 'just before the kill')
      await kill()
      expect(await localCount(page, 'folders')).toBeGreaterThanOrEqual(60)
      await stack().mend()
      await addLead(sql, id, 'just after it')
      await settled()
      expect(front.requests.filter(r => r.from > since && r.url.searchParams.get('offset') === '-1')).toEqual([])
    })

    test('the page is reloaded while the server is away: it shows what it holds', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Rel')
      await company(sql, [[who, 'owner']])
      const { browser, front, page } = await visit(stack(), who)
      const viewers = (p: typeof page) => [{ page: p, user: who }]
      await holdsWhatTheyMaySee(sql, viewers(page))
      // The shell itself comes from the server until a service worker holds it: only the API is away.
      await browser.context.route('**/api/**', route => route.abort())
      front.gate = () => new Promise(() => {})
      await page.reload()
      await holdsWhatTheyMaySee(sql, viewers(page))
    })
  })
}
