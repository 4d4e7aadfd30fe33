// @vitest-environment node
import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { READ_LIMIT } from '#shared/protocol/reads'
import { leadFiguresRead, workspaceActivityRead, type LeadFiguresRow, type WorkspaceActivityRow } from '#shared/reads/lead-figures'
import { crossFilter } from '../../app/utils/figures/cross-filter'
import { dayNumber } from '../../app/utils/figures/days'
import { activityCube, conversionOf, leadCube } from '../../app/utils/figures/lead-cube'
import { id, localDatabase } from './support/local-database'

let pg: PGlite
beforeAll(async () => { pg = await localDatabase() })
afterAll(() => pg.close())
beforeEach(() => pg.exec('TRUNCATE leads, folders, workspaces'))

const EVER = { first: 0, last: 100_000 }
const figures = async (zone = 'UTC', company = 1) => (await pg.query<LeadFiguresRow>(leadFiguresRead.sql, [id(company), zone])).rows
const cubeIn = async (zone?: string) => leadCube(await figures(zone))
const insert = (values: string) => pg.exec(`INSERT INTO leads (id, company_id, name, email, message, source, status, score, variant, assignee_id, notes, tags, created_at, updated_at, row_version)
  SELECT gen_random_uuid(), company, 'n', 'e', 'm', source, status, score, variant, assignee::uuid, '', '{}', at::timestamptz, now(), 1 FROM (${values}) AS l(company, source, status, score, variant, assignee, at)`)
const one = (at: string, more: { status?: string, score?: number, variant?: string } = {}) =>
  `SELECT '${id(1)}'::uuid, 'form', '${more.status ?? 'new'}', ${more.score ?? 0}, ${more.variant ? `'${more.variant}'` : 'NULL::text'}, NULL::text, '${at}'`

describe('leads are counted', () => {
  test('on the day that they came where the viewer is, in summer and in winter', async () => {
    await insert([one('2026-03-28T23:30:00Z'), one('2026-07-01T22:30:00Z'), one('2026-12-01T22:30:00Z')].join(' UNION ALL '))
    const days = async (zone: string) => [...(await cubeIn(zone)).days].toSorted((a, b) => a - b)
    const numbers = (...dates: string[]) => dates.map(date => dayNumber(date))
    expect(await days('Europe/Berlin')).toEqual(numbers('2026-03-29', '2026-07-02', '2026-12-01'))
    expect(await days('America/New_York')).toEqual(numbers('2026-03-28', '2026-07-01', '2026-12-01'))
    expect(await days('Pacific/Kiritimati')).toEqual(numbers('2026-03-29', '2026-07-02', '2026-12-02'))
  })

  test('in bands of scores whose edges belong to the band above, and the most to the last', async () => {
    await insert([0, 19, 20, 59, 60, 79, 80, 100].map(score => one('2026-11-01', { score })).join(' UNION ALL '))
    const cube = await cubeIn()
    const { by } = crossFilter(cube, EVER, { values: {} })
    expect(Object.fromEntries(cube.values.score.map((band, at) => [band, by.score[at]]))).toEqual({ 0: 2, 1: 1, 2: 1, 3: 2, 4: 2 })
  })

  test('once, whatever their texts have in them, and none of another company', async () => {
    await insert([one('2026-11-01', { variant: 'a,"b] \\ \u{1F600}' }), one('2026-11-01'), one('2026-11-30', { status: 'a b 7' })].join(' UNION ALL '))
    const cube = await cubeIn()
    expect(crossFilter(cube, EVER, { values: {} }).total).toBe(3)
    expect(crossFilter(cube, EVER, { values: { variant: ['a,"b] \\ \u{1F600}'] } }).total).toBe(1)
    expect(crossFilter(cube, EVER, { values: { status: ['a b 7'] } }).total).toBe(1)
    expect(await figures('UTC', 2)).toEqual([])
  })

  test('as won by variant, whatever status is chosen', async () => {
    await insert([
      one('2026-11-01', { variant: 'a', status: 'won' }), one('2026-11-02', { variant: 'a' }), one('2026-11-02', { variant: 'b', status: 'lost' }),
      one('2026-11-02', { variant: 'b', status: 'won' }), one('2026-11-03', { variant: 'b', status: 'won' }),
    ].join(' UNION ALL '))
    const cube = await cubeIn()
    for (const status of [undefined, ['new'], ['won']]) {
      const { total, byVariant } = conversionOf(cube, EVER, { values: { status } })
      expect([total.won, total.all]).toEqual([3, 5])
      expect([...byVariant].map(([variant, { won, all }]) => [variant, won, all])).toEqual(expect.arrayContaining([['a', 1, 2], ['b', 2, 3]]))
    }
    const first = dayNumber('2026-11-02') as number
    expect(conversionOf(cube, EVER, { days: { first, last: first }, values: { variant: ['b'] } }).total).toMatchObject({ won: 1, all: 2 })
  })

  test('a hundred thousand of any kind: few rows, no more counts than leads, and a filter that is quick', { timeout: 120_000 }, async () => {
    await insert(`SELECT '${id(1)}'::uuid, (array['form', 'fair', 'import'])[1 + n % 3], (array['new', 'open', 'won', 'lost', 'spam'])[1 + n * 7 % 5], n * 37 % 101, (array['a', 'b', 'c', NULL])[1 + n * 11 % 4],
      CASE WHEN n % 10 > 0 THEN '00000000-0000-4000-8000-00000000000' || (n * 13 % 9) END, timestamptz '2026-11-30' - n % 180 * interval '1 day' FROM generate_series(1, 100000) n`)
    const rows = await figures('Europe/Berlin')
    expect(rows.length).toBeLessThanOrEqual(Math.min(READ_LIMIT, 7))
    expect(rows.reduce((length, { cells }) => length + cells.length, 0)).toBeLessThan(2_000_000)
    const cube = leadCube(rows)
    expect(cube.counts.length).toBeLessThanOrEqual(100_000)
    expect(crossFilter(cube, EVER, { values: {} }).total).toBe(100_000)
    const times = Array.from({ length: 9 }, (_, n) => {
      const began = performance.now()
      crossFilter(cube, EVER, { values: { source: ['form'], score: [`${n % 5}`] } })
      conversionOf(cube, EVER, { values: { variant: ['a'] } })
      return performance.now() - began
    })
    expect(times.toSorted((a, b) => a - b)[4]).toBeLessThan(100)
  })
})

describe('changes in workspaces are counted', () => {
  test('by workspace and day since a day, those that an import brought not', async () => {
    const folder = (key: string, workspace: number, at: string, version: number) => `('${key}', '${id(1)}', '${id(workspace)}', NULL, 'f', '', 'a0', '${at}', '${at}', ${version})`
    const workspace = (key: number) => `('${id(key)}', '${id(1)}', 'W${key}', '', 'a0', '2026-10-01', '2026-10-01', 1)`
    await pg.exec(`INSERT INTO workspaces (id, company_id, name, description, position, created_at, updated_at, row_version) VALUES ${workspace(50)}, ${workspace(51)};
      INSERT INTO folders (id, company_id, workspace_id, parent_id, name, description, position, created_at, updated_at, row_version) VALUES
      ${folder('0190a000-0000-7000-8000-000000000001', 50, '2026-11-01T23:30:00Z', 1)}, ${folder('0190a000-0000-7000-8000-000000000002', 50, '2026-11-02T12:00:00Z', 1)},
      ${folder('9190a000-0000-5000-8000-000000000003', 51, '2026-11-02T12:00:00Z', 1)}, ${folder('9190a000-0000-5000-8000-000000000004', 51, '2026-11-03T12:00:00Z', 2)}`)
    const ask = async (since: string) => (await pg.query<WorkspaceActivityRow>(workspaceActivityRead.sql, [id(1), 'Europe/Berlin', since])).rows
    expect(await ask('2026-11-02')).toMatchObject([{ workspace_id: id(50), name: 'W50', changes: 2, days: '2026-11-02 2' }, { workspace_id: id(51), changes: 1, days: '2026-11-03 1' }])
    expect((await ask('2026-10-01')).map(({ changes }) => changes)).toEqual([3, 2])
    expect(crossFilter(activityCube(await ask('2026-10-01')), EVER, { values: { workspace: [id(51)] } }).total).toBe(2)
  })
})
