import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { LiveEntry } from '../../shared/protocol/sync'
import { App } from './support/app'
import { BareElectric, shape } from './support/bare-electric'
import { Browser } from './support/browser'
import { admin, makePerson } from './support/people'

let sql: pg.Pool
let electric: BareElectric
let app: App
let browser: Browser

beforeAll(async () => {
  sql = admin()
  electric = await BareElectric.start()
  app = await App.start({ ELECTRIC_URL: electric.url, LIVE_HOLD_SECONDS: '3' })
})
beforeEach(async () => {
  browser = await Browser.signedIn(app, await makePerson(sql, 'reader'))
})
afterAll(async () => {
  await app.stop()
  await electric.stop()
  await sql.end()
})

const MEGABYTE = 1024 * 1024
const BOUND = 16 * MEGABYTE
const at = (name: string): LiveEntry => ({ shape: name, handle: 'h-1', offset: '0_0' })

/** Each shape gets one answer of so many characters; then Electric holds. */
function answersOf(chars: number): void {
  const told = new Set<string>()
  electric.does((_, socket, line) => {
    const table = new URL(line.split(' ')[1] ?? '', electric.url).searchParams.get('table') ?? ''
    if (told.has(table)) return
    told.add(table)
    shape(socket, `["${'x'.repeat(chars - 4)}"]`)
  })
}

// These answers leave the shape where it is, so the server keeps them to the end of its hold: both are there when it answers.
test('two batches that together are over the bound of an answer come one after the other, and none is lost', async () => {
  answersOf(9 * MEGABYTE)
  const first = await browser.live([at('user'), at('memberships')])
  expect(first.status).toBe(200)
  expect(first.lines.map(line => line.shape)).toEqual(['user'])
  expect(first.text.length).toBeLessThan(BOUND)
  // It may have been let go by then (a second), and Electric answers whoever asks again.
  answersOf(9 * MEGABYTE)
  const next = await browser.live([at('memberships')])
  expect(next.lines.map(line => [line.shape, JSON.stringify(line.body).length])).toEqual([['memberships', 9 * MEGABYTE]])
})

test('two batches within the bound come in one answer', async () => {
  answersOf(MEGABYTE)
  const { lines } = await browser.live([at('user'), at('memberships')])
  expect(lines.map(line => line.shape)).toEqual(['user', 'memberships'])
})

test('a batch that is over the bound by itself goes out all the same: it would never become shorter', async () => {
  answersOf(BOUND + MEGABYTE)
  const { lines } = await browser.live([at('user')])
  expect(lines.map(line => [line.shape, JSON.stringify(line.body).length])).toEqual([['user', BOUND + MEGABYTE]])
})
