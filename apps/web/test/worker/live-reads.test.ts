import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newPGlite } from '../support/new-pglite'
import { createTables } from '../../worker/database/tables'
import { LiveReads, type ReadOutcome } from '../../worker/reads/live-reads'
import { company, folder, until } from './browser/visit'

let pg: PGlite
let reads: LiveReads
let runs: number

beforeAll(async () => {
  pg = await newPGlite()
  await createTables(pg)
  const query = pg.query.bind(pg)
  pg.query = (sql, ...more) => {
    if (sql.includes('app_read.folders')) runs++
    return query(sql, ...more)
  }
})
afterAll(() => pg.close())
beforeEach(async () => {
  await pg.exec('TRUNCATE folders')
  reads = new LiveReads(pg)
  runs = 0
})

const add = (n: number) => pg.query('INSERT INTO folders SELECT * FROM jsonb_populate_record(NULL::folders, $1)', [folder(n)])
const names = (outcome: ReadOutcome | undefined) => outcome && 'rows' in outcome ? outcome.rows.map(row => 'name' in row ? row.name : '').join() : outcome
const listen = () => {
  const heard: unknown[] = []
  const end = reads.subscribe('folders-top', [company(1)], outcome => heard.push(names(outcome)))
  return { heard, end }
}

test('equal reads of two tabs run once, and both hear of a change', async () => {
  const [one, two] = [listen(), listen()]
  await until(async () => two.heard.length, found => found === 1)
  expect(runs).toBe(1)
  await add(1)
  reads.changed(['folders'], false)
  await until(async () => [one.heard.at(-1), two.heard.at(-1)].join(), found => found === 'folder 1,folder 1')
  expect(runs).toBe(2)
})

test('a change that does not touch the rows, or another table, pushes nothing', async () => {
  await add(1)
  const { heard } = listen()
  await until(async () => heard.length, found => found === 1)
  reads.changed(['users'], false)
  reads.changed(['folders'], false)
  await until(async () => runs, found => found === 2)
  await add(2)
  reads.changed(['folders'], false)
  await until(async () => heard.length, found => found >= 2)
  expect(heard).toEqual(['folder 1', 'folder 1,folder 2'])
})

test('many changes while it runs are one more run, and the last of them is seen', async () => {
  const { heard } = listen()
  for (let n = 1; n <= 20; n++) {
    await add(n)
    reads.changed(['folders'], false)
  }
  await until(async () => String(heard.at(-1)).split(',').length, found => found === 20)
  expect(runs).toBeLessThan(21)
})

test('while a first sync fills the table it runs four times a second at most, and ends on the last rows', async () => {
  const { heard } = listen()
  await until(async () => heard.length, found => found === 1)
  const began = performance.now()
  for (let n = 1; n <= 40; n++) {
    await add(n)
    reads.changed(['folders'], true)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  await until(async () => String(heard.at(-1)).split(',').length, found => found === 40)
  expect(runs).toBeLessThanOrEqual(2 + (performance.now() - began) / 250)
})

test('leads that come one after another are counted anew every two seconds, the first and the last of them in time', async () => {
  await pg.exec('TRUNCATE leads')
  const heard: number[] = []
  reads.subscribe('lead-figures', [company(1), 'UTC'], outcome => heard.push('rows' in outcome ? outcome.rows.length : -1))
  await until(async () => heard.length, found => found === 1)
  await new Promise(resolve => setTimeout(resolve, 2_000))
  const began = performance.now()
  for (let n = 1; n <= 8; n++) {
    await pg.query(`INSERT INTO leads (id, company_id, name, email, message, source, status, score, notes, tags, created_at, updated_at, row_version)
      VALUES (gen_random_uuid(), $1, 'n', 'e', 'm', 'form', 'new', 0, '', '{}', timestamptz '2026-01-15' + $2 * interval '1 month', now(), 1)`, [company(1), n])
    reads.changed(['leads'], false)
    if (n === 1) await until(async () => heard.at(-1), found => found === 1)
  }
  await until(async () => heard.at(-1), found => found === 8)
  // None before, the first, the rest: and one more for each two seconds that a slow machine took.
  expect(heard.length).toBeLessThanOrEqual(2 + Math.ceil((performance.now() - began) / 2_000))
})

test('an unknown read and a wrong parameter are told, not thrown', async () => {
  const heard: ReadOutcome[] = []
  reads.subscribe('no-such-read', [], outcome => heard.push(outcome))
  reads.subscribe('folders-top', ['not a uuid'], outcome => heard.push(outcome))
  expect(heard.map(outcome => 'failure' in outcome)).toEqual([true, true])
  expect(runs).toBe(0)
})

test('nothing runs for a read that nobody listens to any more', async () => {
  const { heard, end } = listen()
  await until(async () => heard.length, found => found === 1)
  end()
  reads.changed(['folders'], false)
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(runs).toBe(1)
})
