import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SessionLine } from '../../shared/account/answers'
import { until } from '../support/wait'
import { App } from './support/app'
import { Browser } from './support/browser'
import { admin, join, makeCompany, makePerson } from './support/people'

/** What is promised of an end, wherever it was said. */
const PROMISED_MS = 10_000

let sql: pg.Pool
let here: App
let there: App

beforeAll(async () => {
  sql = admin()
  // As rarely as they may look by themselves.
  ;[here, there] = await Promise.all([App.start({ LIVE_RECHECK_SECONDS: '10' }), App.start({ LIVE_RECHECK_SECONDS: '10' })])
})
afterAll(async () => {
  await Promise.all([here, there].map(app => app.stop()))
  await sql.end()
})

test('a session and a membership that end at one server end what another one streams, within 10 s, and nothing else of it', { timeout: 40_000 }, async () => {
  const [owner, leaver, stayer] = [await makePerson(sql, 'owner'), await makePerson(sql, 'leaver'), await makePerson(sql, 'stayer')]
  const [company, kept] = [await makeCompany(sql, owner), await makeCompany(sql, leaver)]
  for (const who of [leaver, stayer]) await join(sql, company, who, 'member')
  const [signedOut, removed, other] = [await Browser.signedIn(there, leaver), await Browser.signedIn(there, leaver), await Browser.signedIn(there, stayer)]
  const folders = async (by: Browser, of: string) => (await by.follow('folders', of)).entry
  const streams = await Promise.all([
    signedOut.stream([await folders(signedOut, kept)]),
    removed.stream([await folders(removed, company), await folders(removed, kept)]),
    other.stream([await folders(other, company)]),
  ])
  const [ofSignedOut, ofRemoved, ofOther] = streams

  // The sessions of the person in the order in which they came: the first is to end.
  const elsewhere = await Browser.signedIn(here, leaver)
  const boss = await Browser.signedIn(here, owner)
  const { rows: [first] } = await sql.query<SessionLine>('select id from auth.sessions where user_id = $1 order by created_at, id limit 1', [leaver.id])
  const began = performance.now()
  expect((await elsewhere.post('/api/account/sessions/end', { id: first?.id })).status).toBe(200)
  expect((await boss.post(`/api/companies/${company}/remove-member`, { user_id: leaver.id })).status).toBe(200)
  await until('the stream of the ended session is over', () => ofSignedOut.ended, { deadline: PROMISED_MS - (performance.now() - began) })
  expect(ofSignedOut.end).toMatchObject({ status: 401, body: { code: 'sign_in' } })
  const ended = await until('the shape of the ended membership is over', () => ofRemoved.batches.find(batch => batch.status === 403), { deadline: Math.max(100, PROMISED_MS - (performance.now() - began)) })
  expect(ended).toMatchObject({ shape: 'folders', company, body: { code: 'membership_ended', company } })

  await sql.query('update folders set name = \'after the end\' where company_id = any($1)', [[company, kept]])
  await ofRemoved.batch('what the leaver keeps goes on', batch => batch.company === kept && JSON.stringify(batch.body).includes('after the end'))
  await ofOther.batch('whoever stays goes on', batch => JSON.stringify(batch.body).includes('after the end'))
  expect([ofSignedOut.text, JSON.stringify(ofRemoved.batches.filter(batch => batch.company === company))].join()).not.toContain('after the end')
  for (const stream of streams) stream.leave()
})
