import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { until } from '../../support/wait'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { makeDatabase, type Database } from '../support/databases'
import { FolderEdits, txidsOf } from '../support/folder-edits'
import { send } from '../support/mutations'

// A database of its own: a folder that is given such a name takes so many seconds in it.
const SLOW = 'takes'
let database: Database
let sql: pg.Pool
let app: App
let edits: FolderEdits
let browser: Browser

beforeAll(async () => {
  database = await makeDatabase()
  sql = database.sql
  app = await App.start({ DATABASE_URL: database.appUrl, DATABASE_MIGRATION_URL: database.ownerUrl })
  await sql.query(`create function be_slow() returns trigger language plpgsql as 'begin perform pg_sleep(split_part(new.name, '' '', 2)::float); return new; end'`)
  await sql.query(`create trigger be_slow before insert or update of name on folders for each row when (new.name like '${SLOW} %') execute function be_slow()`)
})
beforeEach(async () => {
  edits = await FolderEdits.make(sql)
  browser = await Browser.signedIn(app, edits.person)
})
afterAll(async () => {
  await app.stop()
  await database.drop()
})

/** Holds a row until it is let go. */
async function hold(text: string, params: unknown[]): Promise<() => Promise<void>> {
  const holder = await sql.connect()
  await holder.query('begin')
  await holder.query(text, params)
  let held = true
  const release = async () => {
    if (held) await holder.query('commit').finally(() => holder.release())
    held = false
  }
  onTestFinished(release)
  return release
}

/** Whether a folder is taking its time. */
const isAtWork = async () => (await sql.query(`select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`)).rowCount === 1

test('a batch whose connection is ended in its middle leaves nothing of itself, and is done once when it comes again', async () => {
  const [first = '', last = ''] = await edits.folders(2)
  const batch = [edits.rename(first, 'Early'), edits.create('Made'), edits.create(`${SLOW} 5`), edits.describe(last, 'Late')]
  const answer = browser.post('/api/mutations', { mutations: batch })
  await until('the slow one is at work', async () =>
    (await sql.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`)).rowCount === 1)
  expect(await answer).toMatchObject({ status: 503, json: { code: 'database_unavailable' } })
  expect(await edits.states([first, last])).toMatchObject([{ name: 'Before 0', row_version: 1 }, { row_version: 1 }])
  expect(await edits.decided(batch)).toBe(0)

  await sql.query('alter table folders disable trigger be_slow')
  onTestFinished(async () => void await sql.query('alter table folders enable trigger be_slow'))
  const results = await send(browser, batch)
  expect(results.map(({ status }) => status)).toEqual(['applied', 'applied', 'applied', 'applied'])
  expect(await send(browser, batch)).toEqual(results)
  expect(await edits.states([first, last])).toMatchObject([{ name: 'Early', row_version: 2 }, { row_version: 2 }])
})

test('an edit that waits for a row too long is alone in that: the others of its batch are done meanwhile, and it later', async () => {
  const ids = await edits.folders(4)
  const [, held = ''] = ids
  const release = await hold('select 1 from folders where id = $1 for update', [held])
  const batch = ids.map(id => edits.rename(id, 'After'))
  expect(await send(browser, batch)).toMatchObject([{ status: 'applied' }, { status: 'undecided', code: 'too_slow' }, { status: 'applied' }, { status: 'applied' }])
  await release()
  expect((await send(browser, batch)).map(({ status }) => status)).toEqual(ids.map(() => 'applied'))
  expect((await edits.states(ids)).map(folder => folder?.row_version)).toEqual([2, 2, 2, 2])
})

test('what takes longer than a transaction of several may is done by itself', async () => {
  const ids = await edits.folders(3)
  const results = await send(browser, ids.map((id, n) => edits.rename(id, n === 1 ? `${SLOW} 2.5` : 'After')))
  expect(results.map(({ status }) => status)).toEqual(['applied', 'applied', 'applied'])
  expect(new Set(txidsOf(results)).size).toBe(3)
})

test('nobody lowers a role between the first and the last edit of a transaction', async () => {
  const ids = await edits.folders(2)
  const sending = send(browser, [edits.rename(ids[0] ?? '', `${SLOW} 1`), edits.describe(ids[1] ?? '', 'Said')])
  await until('the first is at work', isAtWork)
  const manager = await sql.connect()
  await manager.query('set lock_timeout = \'50ms\'')
  const lowered = await manager.query('update company_members set role = \'guest\' where user_id = $1', [edits.person.id]).then(() => 'lowered', (error: Error) => error.message)
  manager.release(true)
  expect(lowered).toMatch('lock timeout')
  expect((await sending).map(({ status }) => status)).toEqual(['applied', 'applied'])
})

test('a batch whose author is made a guest while it waits is refused as a whole', async () => {
  const ids = await edits.folders(3)
  const release = await hold('update company_members set role = \'guest\' where company_id = $1 and user_id = $2', [edits.company, edits.person.id])
  const sending = send(browser, ids.map(id => edits.rename(id, 'Too late')))
  await until('it waits', async () => (await sql.query('select 1 from pg_stat_activity where datname = current_database() and wait_event_type = \'Lock\'')).rowCount === 1)
  await release()
  for (const result of await sending) expect(result).toMatchObject({ status: 'refused', code: 'role_changed', company: edits.company })
  expect((await edits.states(ids)).map(folder => folder?.row_version)).toEqual([1, 1, 1])
})

test('a long batch lets go after a quarter of a second: no transaction of it lasts until the end', async () => {
  const [folder = ''] = await edits.folders(1)
  const results = await send(browser, Array.from({ length: 20 }, () => edits.rename(folder, `${SLOW} 0.1`)))
  expect(results.map(({ status }) => status)).toEqual(results.map(() => 'applied'))
  const txids = txidsOf(results)
  for (const txid of txids) expect(txids.filter(other => other === txid).length).toBeLessThanOrEqual(4)
  expect(await edits.states([folder])).toMatchObject([{ row_version: 2 }])
})

test('what is left of a transaction whose time is over is decided in the next one, not lost as done', async () => {
  const [slow = '', second = '', third = ''] = await edits.folders(3)
  const batch = [edits.rename(slow, `${SLOW} 0.3`), edits.rename(slow, `${SLOW} 0.31`), edits.rename(second, 'After'), edits.describe(third, 'Said'), edits.rename(slow, 'After')]
  const results = await send(browser, batch)
  expect(results.map(({ status }) => status)).toEqual(batch.map(() => 'applied'))
  expect(new Set(txidsOf(results)).size).toBeGreaterThan(1)
  expect(await edits.states([slow, second, third])).toMatchObject([{ name: 'After', row_version: 4 }, { name: 'After', row_version: 2 }, { row_version: 2 }])
  const { rows } = await sql.query('select id from auth.mutations where id = any($1) and result is null', [batch.map(({ id }) => id)])
  expect(rows).toEqual([])
})
