import * as fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { folderMove } from '../../../shared/mutations/folder'
import type { MutationResult } from '../../../shared/protocol/mutations'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { entry, send } from '../support/mutations'
import { admin, join, makeCompany, makePerson } from '../support/people'
import { makeFolder, makeWorkspace } from '../support/places'

const CLIENTS = 4
const MOVES = 250
const FOLDERS = 24
const A_BATCH = 10

let sql: pg.Pool
let app: App
let company: string
const browsers: Browser[] = []

beforeAll(async () => {
  app = await App.start()
  sql = admin()
  const people = await Promise.all(Array.from({ length: CLIENTS }, (_, n) => makePerson(sql, `mover${n}`)))
  const [owner, ...members] = people
  if (!owner) throw new Error('nobody')
  company = await makeCompany(sql, owner)
  for (const member of members) await join(sql, company, member, 'member')
  for (const person of people) browsers.push(await Browser.signedIn(app, person))
})
afterAll(async () => {
  await sql.end()
  await app.stop()
})

/** Folders that hang on no top of their own workspace: what lies in a ring, or under a folder of another workspace. */
async function lost(): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(`
    with recursive tree as (
      select id, workspace_id from folders where company_id = $1 and parent_id is null
      union all
      select child.id, child.workspace_id from tree join folders child on child.parent_id = tree.id and child.workspace_id = tree.workspace_id
    )
    select id from folders where company_id = $1 and id not in (select id from tree)`, [company])
  return rows.map(row => row.id)
}

// Few folders, so that most moves meet others: half of what is asked would close a ring with what somebody else has just done.
test('of a thousand moves that four people make at once none closes a ring, loses a folder or is left without an answer', { timeout: 120_000 }, async () => {
  const workspaces = [await makeWorkspace(sql, company, 'Here'), await makeWorkspace(sql, company, 'There')]
  const folders: string[] = []
  for (let n = 0; n < FOLDERS; n++) folders.push(await makeFolder(sql, company, workspaces[0] ?? '', folders[n - 1] ?? null, `folder ${n}`))
  const move = fc.record({ folder: fc.nat(FOLDERS - 1), parent: fc.option(fc.nat(FOLDERS - 1)), workspace: fc.nat(1) })
  const seed = Date.now()
  const outcomes = await Promise.all(browsers.map(async (browser, client) => {
    const moves = fc.sample(move, { numRuns: MOVES, seed: seed + client })
    const results: MutationResult[] = []
    for (let first = 0; first < MOVES; first += A_BATCH) {
      // Where the parent is when it is asked: by then it may be in the other one.
      const { rows } = await sql.query<{ id: string, workspace_id: string }>('select id, workspace_id from folders where company_id = $1', [company])
      const place = new Map(rows.map(row => [row.id, row.workspace_id]))
      results.push(...await send(browser, moves.slice(first, first + A_BATCH).map(({ folder, parent, workspace }) => entry(folderMove, {
        ids: [folders[folder]],
        workspace_id: parent === null ? workspaces[workspace] : place.get(folders[parent] ?? ''),
        parent_id: parent === null ? null : folders[parent],
      }, { company }))))
    }
    return results
  }))
  const kinds: Record<string, number> = {}
  for (const result of outcomes.flat()) {
    const kind = 'code' in result ? result.code : result.status
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  expect(await lost(), `seed ${seed}`).toEqual([])
  // Moved to where the parent no longer was, or into a ring; nothing else is refused and nothing undecided.
  expect(Object.keys(kinds).toSorted(), `seed ${seed}: ${JSON.stringify(kinds)}`).toEqual(['applied', 'not_found', 'would_make_ring'])
  expect(kinds.applied).toBeGreaterThan(100)
  expect(kinds.would_make_ring).toBeGreaterThan(20)
  const { rows: [all] } = await sql.query<{ n: number }>('select count(*)::int as n from folders where id = any($1) and deleted_at is null', [folders])
  expect(all?.n).toBe(FOLDERS)
})
