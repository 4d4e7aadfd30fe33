import { describe, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { localCount } from '../../support/page'
import { addLead, company, grow, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { visit } from '../../support/visit'

export function restartScenes(stack: () => Stack) {
  describe('when something behind the page is killed', () => {
    test('the server is killed: the page keeps its rows, and goes on when it is back', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Ser')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'owner']])
      const { front, page } = await visit(stack(), who)
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 40_000 })
      await settled()
      const since = performance.now()
      await stack().killServer()
      await addLead(sql, id, 'nobody serves')
      await grow(sql, id, first, 100)
      expect(await localCount(page, 'folders')).toBe(60)
      await stack().startServer()
      await settled()
      expect(front.requests.filter(r => r.from > since && r.url.searchParams.get('offset') === '-1')).toEqual([])
    })

    test('the embedded stack is killed: the page goes on with the same handles, and nothing is missing', async () => {
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
      await stack().killEmbedded()
      expect(await localCount(page, 'folders')).toBeGreaterThanOrEqual(60)
      await stack().startEmbedded()
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
