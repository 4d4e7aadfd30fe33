import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LEASE_HEADER } from '../../shared/lease/lease'
import { App } from './support/app'
import { Browser } from './support/browser'
import { admin, makeCompany, makePerson } from './support/people'

let sql: pg.Pool
let app: App

beforeAll(async () => {
  app = await App.start({ LEASE_DAYS: '7' })
  sql = admin()
})
afterAll(async () => {
  await sql.end()
  await app.stop()
})

test('an answer for a person says for how many days their device may show it, and no other answer does', async () => {
  const owner = await makePerson(sql, 'owner')
  const company = await makeCompany(sql, owner)
  const browser = await Browser.signedIn(app, owner)
  const folders = { offset: '-1', company }
  expect((await browser.shape('folders', folders)).headers.get(LEASE_HEADER)).toBe('7')
  expect((await new Browser(app).shape('folders', folders)).headers.get(LEASE_HEADER)).toBeNull()
  // A device of another person learns nothing from this person's session.
  const other = await makePerson(sql, 'other')
  expect((await browser.shape('folders', folders, { 'x-database-user': other.id })).headers.get(LEASE_HEADER)).toBeNull()
  expect((await fetch(`${app.origin}/api/config`)).headers.get(LEASE_HEADER)).toBeNull()
})
