// @vitest-environment node
import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recentRead } from '#shared/reads/recent'
import { id, localDatabase } from './support/local-database'

const FOLDERS = 100_000
const CHILDREN = 50

let pg: PGlite
beforeAll(async () => {
  pg = await localDatabase()
  // 20 workspaces; every folder but the first of each hangs, fifty to a parent, below an earlier one.
  await pg.exec(`
    INSERT INTO folders (id, company_id, workspace_id, parent_id, name, description, position, created_at, updated_at, row_version)
    SELECT f(n), '${id(1)}', f(900000 + n % 20), CASE WHEN n < 20 THEN NULL ELSE f((n - 20) / ${CHILDREN * 20} * 20 + n % 20) END,
      'folder ' || n, '', 'a0', now(), now(), 1
    FROM generate_series(0, ${FOLDERS - 1}) AS n, LATERAL (SELECT 1) AS one
    `.replaceAll(/f\(((?:[^()]|\([^()]*\))*)\)/g, (_, n: string) => `('0190a000-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`))
  await pg.exec('ANALYZE folders')
})
afterAll(() => pg.close())

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** How long one answer takes, in ms. */
async function timed(sql: string, params: unknown[]): Promise<number> {
  const start = performance.now()
  await pg.query(sql, params)
  return performance.now() - start
}

describe('reading through the view', () => {
  const readings = {
    'the children of a folder': { where: 'workspace_id = $1 AND parent_id = $2', params: [id(900_003), id(3)], rows: CHILDREN },
    'a folder by its key': { where: 'id = $1', params: [id(54_321)], rows: 1 },
  }

  test.each(Object.entries(readings))('%s costs at most 1.2 times the table', async (_, { where, params, rows }) => {
    const through = (relation: string) => `SELECT id, name, parent_id FROM ${relation} WHERE ${where}`
    expect((await pg.query(through('app_read.folders'), params)).rows).toHaveLength(rows)
    // A round asks both by turns, so that a slow moment of the machine falls on both; its ratio is of the medians of the
    // round, and the one in the middle of all rounds counts.
    const round = async () => {
      const [table, view]: [number[], number[]] = [[], []]
      for (let run = 0; run < 40; run++) {
        table.push(await timed(through('public.folders'), params))
        view.push(await timed(through('app_read.folders'), params))
      }
      return median(view) / median(table)
    }
    await round()
    const ratios: number[] = []
    for (let n = 0; n < 11; n++) ratios.push(await round())
    expect(median(ratios), `of ${ratios.map(ratio => ratio.toFixed(2)).join(', ')}`).toBeLessThanOrEqual(1.2)
  })

  test.each(Object.entries(readings))('%s is read by an index, not by walking 100,000 rows', async (_, { where, params }) => {
    const { rows } = await pg.query<{ 'QUERY PLAN': string }>(`EXPLAIN SELECT * FROM app_read.folders WHERE ${where}`, params)
    const plan = rows.map(row => row['QUERY PLAN']).join('\n')
    expect(plan).toMatch(/Index/)
    expect(plan).not.toMatch(/Seq Scan/)
  })
})

describe('what changed last', () => {
  test('is read by its index, also where one act gave 100,000 folders the same moment', async () => {
    await pg.query(`INSERT INTO workspaces SELECT DISTINCT workspace_id, company_id, 'w', '', 'a0', now() - interval '1 day', now() - interval '1 day', 1, NULL::timestamptz, NULL::uuid FROM folders`)
    await pg.query('UPDATE folders SET name = \'renamed\', updated_at = now() + interval \'1 minute\', row_version = 2 WHERE id = $1', [id(777)])
    const { rows } = await pg.query<{ id: string, is_new: boolean }>(recentRead.sql, [id(1)])
    expect(rows).toHaveLength(12)
    expect(rows[0]).toMatchObject({ id: id(777), is_new: false })
    const plan = (await pg.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${recentRead.sql.replaceAll('$1', `'${id(1)}'`)}`)).rows.map(row => row['QUERY PLAN']).join('\n')
    expect(plan).toContain('folders_recent')
    expect(plan).not.toMatch(/Seq Scan on folders/)
    const times: number[] = []
    for (let run = 0; run < 20; run++) times.push(await timed(recentRead.sql, [id(1)]))
    expect(median(times)).toBeLessThan(20)
  })
})
