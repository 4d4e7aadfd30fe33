import { useCompanyTraces } from '#imports'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { noteComplete } from '~/utils/complete-hint'
import { noteRecent, recentPlaces } from '~/utils/recent-results'
import { readTreeMemory, writeTreeMemory } from '~/utils/tree-memory'
import { sees, somebodyHere, type Here } from './support/here'
import { id, ME, rows } from './support/local-database'

let here: Here
beforeEach(async () => {
  localStorage.clear()
  here = await somebodyHere(rows.company(10, 'Stays'), rows.company(11, 'Ends'),
    ...[10, 11].map(company => rows.shape('company', 'live', { company })), rows.shape('memberships', 'syncing'))
  for (const n of [10, 11]) {
    noteRecent(ME, { entity: 'folder', id: id(1000 + n), companyId: id(n) })
    writeTreeMemory({ user: ME, company: id(n), workspace: id(50 + n) }, { open: [id(60)] })
  }
  noteComplete(ME, [10, 11].map(n => ({ shape_key: `company-${id(n)}-folders`, shape: 'folders', company_id: id(n), state: 'live', complete: true }) as never))
})
afterEach(() => { here.end() })

const noted = (n: number) => JSON.stringify({ ...localStorage }).includes(id(n))

test('what a page noted of a company goes when the list of companies is whole without it, and of others nothing goes', async () => {
  await here.leader.apply(`DELETE FROM companies WHERE id = '${id(11)}'; DELETE FROM memberships WHERE company_id = '${id(11)}'`)
  const { scope } = here.use(() => useCompanyTraces())
  // The list may still come to hold it.
  await here.leader.apply('SELECT 1')
  expect(noted(11)).toBe(true)
  await here.leader.apply(rows.shape('memberships', 'live'))
  await sees(() => expect(noted(11)).toBe(false))
  expect(recentPlaces(ME).map(({ companyId }) => companyId)).toEqual([id(10)])
  expect(readTreeMemory({ user: ME, company: id(10), workspace: id(60) }).open).toEqual([id(60)])
  expect(localStorage.getItem('mvdb:complete')).toContain(`company-${id(10)}-folders`)
  scope.stop()
})
