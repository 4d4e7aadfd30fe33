import { describe, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { localCount } from '../../support/page'
import { addLead, company, join, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { visit } from '../../support/visit'

export function authorityScenes(stack: () => Stack) {
  describe('when rights change', () => {
    test('a membership that comes brings its company, and one that ends takes it away, the other company untouched', async () => {
      const { sql } = stack()
      const [boss, who] = [await person(sql, 'Bea'), await person(sql, 'Mem')]
      const kept = await company(sql, [[who, 'owner']])
      const passing = await company(sql, [[boss, 'owner']])
      const { front, page } = await visit(stack(), who)
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }])
      await settled()
      expect(await localCount(page, 'folders')).toBe(60)
      await join(sql, passing.id, who, 'member')
      await settled()
      expect(await localCount(page, 'folders')).toBe(120)
      const since = performance.now()
      await sql.query('delete from company_members where company_id = $1 and user_id = $2', [passing.id, who.id])
      await settled()
      expect(await localCount(page, 'folders')).toBe(60)
      await addLead(sql, passing.id, 'not for Mem')
      await addLead(sql, kept.id, 'for Mem')
      await settled()
      // And once more: what was purged comes anew, whole.
      await join(sql, passing.id, who, 'admin')
      await settled()
      expect(await localCount(page, 'folders')).toBe(120)
      expect(front.requests.filter(r => r.from > since && r.url.searchParams.get('company') === kept.id && r.url.searchParams.get('offset') === '-1')).toEqual([])
    })

    test('a member who becomes a guest loses members, groups and leads, and gets them back as a member', async () => {
      const { sql } = stack()
      const [boss, who] = [await person(sql, 'Bob'), await person(sql, 'Rol')]
      const { id } = await company(sql, [[boss, 'owner'], [who, 'member']])
      const { page } = await visit(stack(), who)
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }])
      const become = (role: string) => sql.query('update company_members set role = $3 where company_id = $1 and user_id = $2', [id, who.id, role])
      await settled()
      expect(await localCount(page, 'leads')).toBe(4)
      await become('guest')
      await settled()
      expect(await localCount(page, 'leads')).toBe(0)
      expect(await localCount(page, 'company_members')).toBe(0)
      expect(await localCount(page, 'folders')).toBe(60)
      await become('admin')
      await settled()
      expect(await localCount(page, 'leads')).toBe(4)
    })

    test('a role that changes while offline is applied as soon as there is a network', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const [boss, who] = [await person(sql, 'Ben'), await person(sql, 'Awa')]
      const lost = await company(sql, [[boss, 'owner'], [who, 'member']])
      const lessened = await company(sql, [[boss, 'owner'], [who, 'admin']])
      const { front, page } = await visit(stack(), who)
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
      await settled()
      front.unplug()
      await sql.query('delete from company_members where company_id = $1 and user_id = $2', [lost.id, who.id])
      await sql.query('update company_members set role = $3 where company_id = $1 and user_id = $2', [lessened.id, who.id, 'guest'])
      front.plugIn()
      await settled()
    })

    test('a company that is softly deleted leaves its members, and comes back when it is restored', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Del')
      const { id } = await company(sql, [[who, 'owner']])
      const { page } = await visit(stack(), who)
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }])
      await settled()
      await sql.query('update companies set deleted_at = now() where id = $1', [id])
      await settled()
      expect(await localCount(page, 'folders')).toBe(0)
      await sql.query('update companies set deleted_at = null where id = $1', [id])
      await settled()
      expect(await localCount(page, 'folders')).toBe(60)
    })
  })
}
