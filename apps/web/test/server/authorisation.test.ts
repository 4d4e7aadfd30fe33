import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { App } from './support/app'
import { Browser } from './support/browser'
import { admin, join, leave, makeCompany, makePerson } from './support/people'
import { CODE, PERSONAL, RIGHTS, STATUS, VIEWERS, type Viewer } from './support/rights'

let sql: pg.Pool
let app: App
let company: string
const browsers = new Map<Viewer, Browser>()
const browser = (viewer: Viewer) => browsers.get(viewer) as Browser

beforeAll(async () => {
  app = await App.start()
  sql = admin()
  const owner = await makePerson(sql, 'owner')
  company = await makeCompany(sql, owner)
  await makeCompany(sql, await makePerson(sql, 'other'))
  browsers.set('owner', await Browser.signedIn(app, owner))
  browsers.set('signedOut', new Browser(app))
  for (const viewer of VIEWERS) {
    if (browsers.has(viewer)) continue
    const person = await makePerson(sql, viewer)
    if (viewer !== 'stranger') await join(sql, company, person, viewer === 'ended' ? 'owner' : viewer as 'admin')
    if (viewer === 'ended') await leave(sql, company, person)
    browsers.set(viewer, await Browser.signedIn(app, person))
  }
})
afterAll(async () => {
  await sql.end()
  await app.stop()
})

const cells = Object.entries(RIGHTS).flatMap(([shape, row]) => VIEWERS.map(viewer => ({ shape, viewer, outcome: row[viewer] })))

describe('who may have a shape', () => {
  test.each(cells)('$shape, asked by $viewer: $outcome', async ({ shape, viewer, outcome }) => {
    const asked = PERSONAL.has(shape) ? undefined : company
    const answer = await browser(viewer).shape(shape, { offset: '-1', ...(asked ? { company: asked } : {}) })
    expect(answer.status, answer.text).toBe(STATUS[outcome])
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    if (outcome !== 'rows') {
      expect(answer.json).toMatchObject({ code: CODE[outcome], ...(outcome === 'signIn' ? {} : { company }) })
      return
    }
    const { rows } = await browser(viewer).follow(shape, asked)
    const { userId } = browser(viewer)
    if (shape === 'user') expect(rows.map(row => row.id)).toEqual([userId])
    else if (shape === 'memberships') expect(new Set(rows.map(row => row.user_id))).toEqual(new Set(['stranger', 'ended'].includes(viewer) ? [] : [userId]))
    else expect(new Set(rows.map(row => shape === 'company' ? row.id : row.company_id))).toEqual(new Set([company]))
  })

  test.each(cells)('live $shape, asked by $viewer: $outcome', async ({ shape, viewer, outcome }) => {
    const asked = PERSONAL.has(shape) ? undefined : company
    const { entry } = await browser(PERSONAL.has(shape) && outcome === 'rows' ? viewer : 'owner').follow(shape, asked)
    // From the middle of the log on, there is something to answer at once: nothing depends on how long a request is held.
    const { status, json, lines, ms } = await browser(viewer).live([{ ...entry, offset: '0_0' }])
    if (outcome === 'rows') {
      expect(lines).toMatchObject([{ shape, status: 200, offset: '0_0', headers: { 'electric-handle': entry.handle } }])
      return
    }
    expect(ms).toBeLessThan(2_000)
    if (outcome === 'signIn') {
      expect({ status, json }).toMatchObject({ status: 401, json: { code: 'sign_in' } })
      return
    }
    expect(lines).toMatchObject([{ shape, company, status: 403, body: { code: CODE[outcome], company } }])
  })
})

test('a company that was deleted is over for its owner too', async () => {
  const owner = await makePerson(sql, 'deleter')
  const gone = await makeCompany(sql, owner)
  const hers = await Browser.signedIn(app, owner)
  expect((await hers.shape('folders', { company: gone, offset: '-1' })).status).toBe(200)
  await sql.query('update companies set deleted_at = now() where id = $1', [gone])
  expect((await hers.shape('folders', { company: gone, offset: '-1' })).json).toMatchObject({ code: 'membership_ended', company: gone })
})

test('rows with a tombstone are in no shape of workspaces or folders', async () => {
  const owner = await makePerson(sql, 'gardener')
  const hers = await makeCompany(sql, owner)
  await sql.query('update workspaces set deleted_at = now() where company_id = $1', [hers])
  await sql.query('update folders set deleted_at = now() where company_id = $1', [hers])
  const viewer = await Browser.signedIn(app, owner)
  for (const shape of ['workspaces', 'folders']) expect((await viewer.follow(shape, hers)).rows).toEqual([])
})

test('no password and no session is in what a person gets of themselves', async () => {
  const { rows } = await browser('owner').follow('user')
  expect(Object.keys(rows[0] ?? {}).toSorted()).toEqual(['avatar_url', 'created_at', 'email', 'id', 'is_active', 'last_login_at', 'name', 'preferences', 'row_version', 'updated_at'])
})
