import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { HEADERS_MS, LOOK_EVERY_MS, SILENT_MS } from '../../../server/http/times'
import { within } from '../../support/wait'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { admin, makeCompany, makePerson } from '../support/people'
import { RawConnection } from '../support/raw-connection'

/** Until the server has looked, and a busy machine has come to it. */
const BY_THEN = HEADERS_MS + LOOK_EVERY_MS + 5_000
let sql: pg.Pool
let app: App
beforeAll(async () => {
  sql = admin()
  app = await App.start()
})
afterAll(async () => {
  await app.stop()
  await sql.end()
})

/** Sends one after another, with a pause between them, until the server has closed. Out: what it said, and after how long it closed. */
async function drip(parts: Iterable<string>, pauseMs: number): Promise<{ text: string, ms: number }> {
  const wire = new RawConnection(app.origin)
  const closed = wire.closed()
  for (const part of parts) {
    wire.send(part)
    if (await Promise.race([closed, wait(pauseMs, 'open')]) !== 'open') break
  }
  const text = await within(closed, BY_THEN, 'the server closes')
  return { text, ms: wire.openFor ?? Infinity }
}
function* endless(first: string, part: string) {
  yield first
  for (;;) yield part
}
const head = (method: string, path: string, ...more: string[]) =>
  [`${method} ${path} HTTP/1.1`, `host: ${new URL(app.origin).host}`, `origin: ${app.origin}`, 'content-type: application/json', ...more, '', ''].join('\r\n')

test.concurrent('a connection on which nothing is asked is closed', async () => {
  expect((await drip([''], 60_000)).ms).toBeLessThan(BY_THEN)
}, 60_000)

test.concurrent('headers that come a letter at a time are not waited for', async () => {
  const { text, ms } = await drip(endless('GET / HTTP/1.1\r\nhost: x\r\nx-slow: ', 'a'), 300)
  expect(text).toMatch(/^HTTP\/1\.1 408 /)
  expect(ms).toBeLessThan(BY_THEN)
}, 60_000)

test.concurrent.each([
  ['of a length that it names', 'content-length: 200000', ' '],
  ['in chunks', 'transfer-encoding: chunked', '1\r\n \r\n'],
])('a body that comes a letter at a time, %s, is told so and ended', async (_, header, part) => {
  const { text, ms } = await drip(endless(head('POST', '/api/auth/sign-in', header), part), 300)
  expect(text).toMatch(/^HTTP\/1\.1 408 /)
  expect(text).toContain('"code":"request_too_slow"')
  expect(text.toLowerCase()).toContain('content-security-policy')
  expect(ms).toBeLessThan(BY_THEN)
}, 60_000)

test.concurrent.each([
  ['a page', 'GET', '/'], ['an address that there is not', 'POST', '/api/nowhere'], ['an import by nobody', 'POST', '/api/companies/00000000-0000-4000-8000-000000000000/import'],
])('a body that is not wanted, at %s, holds no connection either', async (_, method, path) => {
  expect((await drip(endless(head(method, path, 'content-length: 200000'), ' '), 300)).ms).toBeLessThan(BY_THEN)
}, 60_000)

test.concurrent('a body on a slow line that goes on is waited for', async () => {
  const part = ' '.repeat(16 * 1024)
  const wire = new RawConnection(app.origin)
  wire.send(head('POST', '/api/auth/sign-in', 'connection: close', `content-length: ${part.length * 12 + 2}`))
  for (let n = 0; n < 12; n++) {
    wire.send(part)
    await wait(1_000)
  }
  wire.send('{}')
  expect(await within(wire.closed(), 5_000, 'an answer')).toMatch(/^HTTP\/1\.1 400 /)
}, 60_000)

test.concurrent('a stream goes on past all of these bounds, and who uses it is answered meanwhile', async () => {
  const person = await makePerson(sql, 'patient')
  const company = await makeCompany(sql, person)
  const browser = await Browser.signedIn(app, person)
  const stream = await browser.stream([(await browser.follow('folders', company)).entry])
  for (let n = 0; n < 14; n++) {
    await wait(1_000)
    expect((await browser.ask('/api/auth/session')).status).toBe(200)
  }
  await sql.query('update folders set name = $1 where company_id = $2', ['after all that', company])
  const batch = await stream.batch('the change', ({ body }) => JSON.stringify(body).includes('after all that'))
  expect(batch.status).toBe(200)
  stream.leave()
}, 60_000)

test('who takes nothing of an answer is not waited for without end', { tags: [SOAK], timeout: 300_000 }, async () => {
  const wire = new RawConnection(app.origin)
  wire.send(head('GET', '/workers/pglite.wasm'))
  wire.socket.pause()
  await wait(2 * SILENT_MS + 10_000)
  wire.socket.resume()
  const text = await within(wire.closed(), 5_000, 'it has been closed')
  expect(text.length).toBeLessThan(Number(/content-length: (\d+)/i.exec(text)?.[1]))
})
