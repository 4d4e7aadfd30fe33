import type { PGlite } from '@electric-sql/pglite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newPGlite } from '../support/new-pglite'
import { answerBody, ANSWERS } from '../../shared/protocol/answers'
import { createShapeEngine } from '../../worker/apply/engine'
import { createTables } from '../../worker/database/tables'
import { LiveReads } from '../../worker/reads/live-reads'
import { Sync } from '../../worker/sync/sync'
import { PageServer } from './browser/page-server'
import { company, folder, folders, folderShape, membership, until, USER } from './browser/visit'

/** What the sync does after its own database has refused it something. */
let pg: PGlite
let server: PageServer
let origin: string
let reads: LiveReads
let sync: Sync

beforeEach(async () => {
  pg = await newPGlite()
  await createTables(pg)
  await createShapeEngine(pg)
  reads = new LiveReads(pg)
  server = new PageServer('')
  origin = await server.listen()
  server.shape('memberships', [membership(1)])
  server.shape(folderShape(1), [folder(1)])
})
afterEach(async () => {
  await sync.stop()
  reads.close()
  await server.close()
  await pg.close()
})

async function start() {
  const engine = await createShapeEngine(pg)
  sync = new Sync({ pg, engine, userId: USER, origin, onChanged: (tables, filling) => reads.changed(tables, filling), onWrongUser: () => undefined })
  await sync.start()
}
/** Makes the database refuse as a full disk would; answers how to make room again. */
async function refuseTo(what: 'DELETE' | 'INSERT' | 'UPDATE', table: string) {
  // A sequence counts on where all else is rolled back.
  await pg.exec(`CREATE SEQUENCE refusals;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''refusals''); RAISE disk_full; END';
    CREATE TRIGGER refused BEFORE ${what} ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse()`)
  return () => pg.exec(`DROP TRIGGER refused ON ${table}`)
}
const count = async (table: string) => (await pg.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`)).rows[0]?.count
const states = async () => (await pg.query<{ state: string }>('SELECT DISTINCT coalesce(error_code, state) AS state FROM sync_status ORDER BY 1')).rows.map(({ state }) => state).join(' ')
const allLive = () => until(states, found => found === 'live')

test('a company that could not be deleted goes on where it is allowed again', async () => {
  await start()
  await allLive()
  const makeRoom = await refuseTo('DELETE', 'folders')
  server.intercept = url => url.search.includes(company(1)) ? { status: 403, body: answerBody('membership_ended') } : undefined
  server.shape(folderShape(1)).rotate('cut', [[folder(1)]])
  await until(states, found => found.includes('membership_ended'))
  server.intercept = () => undefined
  server.shape(folderShape(1)).commit({ operation: 'insert', value: folder(2) })
  await until(() => count('folders'), found => found === 2)
  await makeRoom()
  await allLive()
})

test('a company that could not be deleted is deleted later, though nobody asks again', async () => {
  await start()
  await allLive()
  const makeRoom = await refuseTo('DELETE', 'folders')
  server.shape('memberships').commit({ operation: 'delete', value: { id: membership(1).id ?? '' } })
  await until(() => count('memberships'), found => found === 0)
  await until(() => count(`sync_status WHERE company_id IS NOT NULL`), found => found !== 0)
  expect(await count('folders')).toBe(1)
  await makeRoom()
  await until(() => count('folders'), found => found === 0)
  await until(() => count(`sync_status WHERE company_id IS NOT NULL`), found => found === 0)
})

test('a shape whose place in the log could not be noted starts when there is room', async () => {
  const makeRoom = await refuseTo('INSERT', 'electric.shape_cursors')
  await start()
  await until(states, found => found === 'apply_failed')
  await makeRoom()
  await allLive()
})

test('the state of a shape is written again where that failed, though nothing changes any more', async () => {
  await start()
  await allLive()
  const makeRoom = await refuseTo('UPDATE', 'sync_status')
  server.shape(folderShape(1)).commit({ operation: 'insert', value: folder(2) })
  await until(() => count('refusals WHERE is_called'), found => found === 1)
  await makeRoom()
  await until(() => count(`sync_status WHERE shape = 'folders' AND row_count = 2`), found => found === 1)
})

test('rows that a kill left of half a page are off the screen before the server answers', async () => {
  await start()
  await allLive()
  await sync.stop()
  // What a kill between the head of a first page and the rest leaves.
  await pg.exec(`UPDATE electric.shape_cursors SET complete = false, position = '-1', handle = NULL, by_copy = true WHERE key LIKE '%folders%'`)
  const heard: number[] = []
  reads.subscribe('folders-top', [company(1)], outcome => heard.push('rows' in outcome ? outcome.rows.length : -1))
  await until(async () => heard.at(-1), found => found === 1)
  server.intercept = () => ({ status: ANSWERS.sync_unavailable.status, body: answerBody('sync_unavailable') })
  await start()
  await until(async () => heard.at(-1), found => found === 0)
  server.intercept = () => undefined
  server.shape(folderShape(1), folders(1, 3))
  sync.retry()
  await until(async () => heard.at(-1), found => found === 3)
})
