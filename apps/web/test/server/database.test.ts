import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../support/wait'
import { App, databaseWith } from './support/app'
import { Browser } from './support/browser'
import { admin, makePerson, PASSWORD, type Person } from './support/people'

/** By which its connections are told from those of the servers of other files. */
const NAME = `a server whose connections end (${process.pid})`
const PATIENCE_MS = 4_000

let sql: pg.Pool
let app: App
let person: Person
let browser: Browser

beforeAll(async () => {
  sql = admin()
})
beforeEach(async () => {
  app = await App.start({ DATABASE_URL: databaseWith({ application_name: NAME, statement_timeout: String(PATIENCE_MS) }) })
  person = await makePerson(sql, 'stayer')
  browser = await Browser.signedIn(app, person)
  return () => app.stop()
})
afterAll(async () => {
  await sql.end()
})

/** Ends the server's own connections that are so, as a restart of PostgreSQL or its operator does. Out: how many. */
async function terminate(those: string): Promise<number> {
  const { rowCount } = await sql.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and ${those}`, [NAME])
  return rowCount ?? 0
}

/** It did not end, nor was it only held up by what catches an error that nobody listens for. */
async function goesOn(): Promise<void> {
  expect(await browser.ask('/api/auth/session')).toMatchObject({ status: 200, json: { user: { id: person.id } } })
  expect(app.output).not.toMatch(/uncaughtException|Unhandled|Uncaught/)
}

test('a server whose idle connections to PostgreSQL are ended notes it and goes on with new ones', async () => {
  expect(await terminate(`state = 'idle'`)).toBeGreaterThan(0)
  await until('the loss is in the log', () => app.output.includes('a database connection was lost'))
  await goesOn()
})

test('a connection that is ended in the middle of a statement costs that request only', async () => {
  const holder = await sql.connect()
  await holder.query('begin')
  await holder.query('select 1 from users where id = $1 for update', [person.id])
  const answer = new Browser(app).post('/api/auth/sign-in', { email: person.email, password: PASSWORD })
  await until('the sign-in waits for the row', async () => await terminate(`wait_event_type = 'Lock'`) > 0)
  expect(await answer).toMatchObject({ status: 503, json: { code: 'database_unavailable' } })
  await holder.query('rollback')
  holder.release()
  await goesOn()
})

test('a statement that waits for another too long is told as what passes, not as a fault of the server', async () => {
  const holder = await sql.connect()
  await holder.query('begin')
  await holder.query('select 1 from users where id = $1 for update', [person.id])
  const answer = await new Browser(app).post('/api/auth/sign-in', { email: person.email, password: PASSWORD })
  expect(answer).toMatchObject({ status: 503, json: { code: 'too_slow' } })
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
  expect(app.output, 'for the operator').toContain('a request waited too long in the database')
  await holder.query('rollback')
  holder.release()
  await goesOn()
})
