import { expect, test } from 'vitest'
import { MOMENT_MS, type Front } from '../../support/front'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { localCount } from '../../support/page'
import type { Person } from '../../support/people'
import type { EngineScenes } from '../scenes'
import { visit } from '../visit'

/** Every request for shapes with its times, for the report of a failure. */
const inFlight = ({ requests }: Front) => requests.map(({ method, url, shape, from, to, status }) =>
  `${Math.round(from)} to ${to === undefined ? 'now' : Math.round(to)}: ${method} ${shape} ${url.searchParams.get('offset') ?? ''} ${status ?? 'unanswered'}`).join('\n')

export const firstSyncScenes: EngineScenes = (engine, stack) => {
  test('a person of two companies gets all of both', async () => {
    const { sql } = stack()
    const { rows: [both] } = await sql.query<Person>(`
      select u.id, u.email, u.name from users u join company_members m on m.user_id = u.id
      group by u.id having count(*) > 1 order by u.email limit 1`)
    if (!both) throw new Error('the demo data has nobody in two companies')
    const { page, front } = await visit(stack(), engine, both)
    await holdsWhatTheyMaySee(sql, [{ page, user: both }], { deadline: 60_000 })
    expect(await localCount(page, 'folders')).toBeGreaterThan(12_000)
    expect(front.longestBeyond(2), inFlight(front)).toBeLessThan(MOMENT_MS)
  })
}
