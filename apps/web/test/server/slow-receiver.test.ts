import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { App } from './support/app'
import { BareElectric } from './support/bare-electric'
import { Browser } from './support/browser'
import { admin, makePerson } from './support/people'

/** More than the buffers of a connection hold by themselves (Linux: 4 MiB to send, 6 MiB received), three times at once. */
const BYTES = 14_000_000
const RECHECK_SECONDS = 2

let sql: pg.Pool
let electric: BareElectric
let app: App
beforeAll(async () => {
  sql = admin()
  electric = await BareElectric.start()
  const body = JSON.stringify(['x'.repeat(BYTES)])
  electric.does((n, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nelectric-handle: h-1\r\nelectric-offset: ${n}_0\r\nelectric-cursor: ${n}\r\nelectric-up-to-date: \r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  })
  // As long as people's servers hold a request: a busy machine does not read three such answers in the 3 s of other tests.
  app = await App.start({ ELECTRIC_URL: electric.url, LIVE_RECHECK_SECONDS: String(RECHECK_SECONDS), LIVE_HOLD_SECONDS: '20' })
})
afterAll(async () => {
  await app.stop()
  await electric.stop()
  await sql.end()
})

test.concurrent.each([
  ['a page', 'GET', '/api/shapes/user?offset=-1'],
  ['the lines of a stream', 'POST', '/api/shapes/stream'],
  ['the answer to a long poll', 'POST', '/api/shapes/live'],
])('who takes %s by drops gets no more of it once the session has ended', { timeout: 60_000 }, async (_, method, path) => {
  const person = await makePerson(sql, 'drops')
  const browser = await Browser.signedIn(app, person)
  const { host, hostname, port, origin } = new URL(app.origin)
  const body = method === 'POST' ? JSON.stringify([{ shape: 'user', handle: 'h-1', offset: '0_0' }]) : ''
  const socket = connect(Number(port), hostname).on('error', () => undefined)
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  let [received, isSlow] = [0, true]
  socket.on('data', (piece) => {
    received += piece.length
    if (!isSlow) return
    socket.pause()
    setTimeout(() => socket.resume(), 300)
  })
  socket.write(`${method} ${path} HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\ncookie: ${browser.cookie}\r\nx-database-user: ${person.id}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`)
  await expect.poll(() => received, { timeout: 15_000 }).toBeGreaterThan(200_000)
  await sql.query('delete from auth.sessions where user_id = $1', [person.id])
  // It goes on taking drops for longer than the look takes, and then all that there is.
  await wait((RECHECK_SECONDS + 3) * 1000)
  isSlow = false
  await closed
  expect(received).toBeLessThan(BYTES)
})
