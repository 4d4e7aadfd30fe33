import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../support/wait'
import { App } from './support/app'
import { Browser } from './support/browser'
import { admin, makePerson, PASSWORD, type Person } from './support/people'

let sql: pg.Pool
let app: App
let person: Person
let browser: Browser

beforeAll(async () => {
  sql = admin()
})
beforeEach(async () => {
  app = await App.start()
  person = await makePerson(sql, 'stayer')
  browser = await Browser.signedIn(app, person)
  return () => app.stop()
})
afterAll(async () => {
  await sql.end()
})

/** Ends the server's own connections that are so, as a restart of PostgreSQL or its operator does. Out: how many. */
async function terminate(those: string): Promise<number> {
  const { rowCount } = await sql.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'multi-vendor-db' and ${those}`)
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
