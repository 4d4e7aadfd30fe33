import type { Socket } from 'node:net'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../support/child'
import { until } from '../support/wait'
import { App } from './support/app'
import { BareElectric, begin, refuse, shape } from './support/bare-electric'
import { Browser } from './support/browser'
import { admin, makePerson, type Person } from './support/people'

let sql: pg.Pool
let person: Person
let electric: BareElectric
let app: App
let browser: Browser

beforeAll(async () => {
  sql = admin()
  // The schema is there before the first person: a server with the real Electric makes it.
  await (await App.start()).stop()
  person = await makePerson(sql, 'caller')
  electric = await BareElectric.start()
  app = await App.start({ ELECTRIC_URL: electric.url })
})
beforeEach(async () => {
  await electric.closeAll()
  browser = await Browser.signedIn(app, person)
})
afterAll(async () => {
  await app.stop()
  await electric.stop()
  await sql.end()
})

const asked = (by = browser) => by.shape('user', { offset: '-1' })

test('a kept connection that Electric closes without notice is retried once, unseen', async () => {
  electric.does((n, socket) => n === 2 ? socket.resetAndDestroy() : shape(socket))
  expect((await asked()).status).toBe(200)
  expect((await asked()).status).toBe(200)
  expect(electric.requests).toHaveLength(3)
})

test('a second reset in a row is told as sync_unavailable, and not tried for ever', async () => {
  electric.does((n, socket) => n > 1 ? socket.resetAndDestroy() : shape(socket))
  await asked()
  expect(await asked()).toMatchObject({ status: 503, json: { code: 'sync_unavailable' } })
  expect(electric.requests).toHaveLength(3)
})

test('where nobody listens, shapes answer 503 with Retry-After, and the server starts and serves the rest', async () => {
  const alone = await App.start({ ELECTRIC_URL: `http://127.0.0.1:${await freePort()}` })
  const theirs = await Browser.signedIn(alone, person)
  const answer = await asked(theirs)
  expect(answer).toMatchObject({ status: 503, json: { code: 'sync_unavailable' } })
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(answer.headers.get('cache-control')).toBe('private, no-store')
  const live = await theirs.live([{ shape: 'user', handle: 'h', offset: '0_0' }, { shape: 'memberships', handle: 'h', offset: '0_0' }])
  expect(live).toMatchObject({ status: 503, json: { code: 'sync_unavailable' } })
  expect(live.headers.get('retry-after')).toBe('5')
  expect(await theirs.ask('/api/ready')).toMatchObject({ status: 200, json: { status: 'ok', database: 'up', schema: 'there', sync: 'away' } })
  await alone.stop()
})

test('Electric\'s own Retry-After is passed on', async () => {
  electric.does((_, socket) => refuse(socket, '503 Service Unavailable', 'retry-after: 17\r\n'))
  const answer = await asked()
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '17'])
})

test('a refused secret is the operator\'s matter: the browser hears that sync is away', async () => {
  electric.does((_, socket) => refuse(socket, '401 Unauthorized', '', '{"message":"Unauthorized: secret-between-server-and-electric"}'))
  expect(await asked()).toMatchObject({ status: 503, json: { code: 'sync_unavailable' } })
  await until('the operator is told in the log', () => app.output.includes('Electric refused ELECTRIC_API_KEY'))
})

test('a redirect is not followed: it would carry the secret elsewhere', async () => {
  electric.does((_, socket) => refuse(socket, '302 Found', 'location: /v1/shape?elsewhere\r\n'))
  expect((await asked()).status).toBe(503)
  expect(electric.requests.every(line => !line.includes('elsewhere'))).toBe(true)
})

test('no header of Electric reaches the browser but those of the protocol', async () => {
  electric.does((_, socket) => shape(socket))
  const { headers } = await asked()
  expect(headers.get('cache-control')).toBe('private, no-store')
  expect(headers.get('access-control-allow-origin')).toBeNull()
  expect(headers.get('etag')).toBeNull()
  expect(headers.get('electric-up-to-date')).toBe('')
  expect(headers.get('electric-handle')).toBe('h-1')
})

test('a snapshot is passed on while Electric still sends it', async () => {
  let finish = () => {}
  electric.does((_, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nelectric-handle: h-1\r\nelectric-offset: 0_0\r\ntransfer-encoding: chunked\r\n\r\n')
    const part = `"${'x'.repeat(4094)}"`
    socket.write(`${(part.length + 1).toString(16)}\r\n[${part}\r\n`)
    finish = () => socket.write('1\r\n]\r\n0\r\n\r\n')
  })
  const response = await fetch(`${app.origin}/api/shapes/user?offset=-1`, { headers: { 'cookie': browser.cookie, 'x-database-user': person.id, 'accept-encoding': 'identity' } })
  const first = await response.body?.getReader().read()
  expect(first?.value?.length).toBeGreaterThan(1000)
  finish()
})

test('a browser that leaves in the middle of a snapshot ends it at Electric too', async () => {
  // fetch opens a spare connection when one breaks: what counts is the one that carried the request.
  let carrier: Socket | undefined
  electric.does((_, socket) => {
    carrier = socket
    begin(socket)
  })
  const leaving = new AbortController()
  const response = await fetch(`${app.origin}/api/shapes/user?offset=-1`, { signal: leaving.signal, headers: { 'cookie': browser.cookie, 'x-database-user': person.id, 'accept-encoding': 'identity' } })
  await response.body?.getReader().read()
  expect(carrier?.destroyed).toBe(false)
  leaving.abort()
  await until('the connection to Electric is closed', () => carrier?.destroyed)
})

// What is not read keeps its connection, and with it what the kernel holds of the body: enough of them and nobody gets one.
test('an answer that nobody may have any more, because the session ended meanwhile, is given up at Electric', async () => {
  let carrier: Socket | undefined
  electric.does(async (_, socket) => {
    carrier = socket
    await sql.query('delete from auth.sessions where user_id = $1', [person.id])
    // So late that the server asks again who may have it.
    setTimeout(() => begin(socket), 1_200)
  })
  expect(await asked()).toMatchObject({ status: 401, json: { code: 'sign_in' } })
  await until('the connection to Electric is closed', () => carrier?.destroyed, { deadline: 3_000 })
})

test('an accident of Electric with a long account of it is not listened to', async () => {
  let carrier: Socket | undefined
  electric.does((_, socket) => {
    carrier = socket
    begin(socket, '500 Internal Server Error')
  })
  expect(await asked()).toMatchObject({ status: 503, json: { code: 'sync_unavailable' } })
  await until('the connection to Electric is closed', () => carrier?.destroyed, { deadline: 3_000 })
})

test('an answer that breaks off in the middle does not look like a whole one', async () => {
  electric.does((_, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nelectric-handle: h-1\r\nelectric-offset: 0_0\r\ncontent-length: 9999\r\n\r\n[${'"x",'.repeat(600)}`)
    setTimeout(() => socket.destroy(), 50)
  })
  await expect(asked()).rejects.toThrow()
})

test.each([
  ['br', 'br'], ['gzip', 'gzip'], ['gzip, br', 'br'], ['br;q=0, gzip', 'gzip'], ['identity', null],
])('with Accept-Encoding %s a long body comes as %s, and a short one as it is', async (accepted, encoding) => {
  const long = `["${'words of a row '.repeat(400)}"]`
  electric.does((n, socket) => shape(socket, n === 1 ? long : '[]'))
  const one = await browser.shape('user', { offset: '-1' }, { 'accept-encoding': accepted })
  expect([one.headers.get('content-encoding'), one.text]).toEqual([encoding, long])
  const two = await browser.shape('user', { offset: '-1' }, { 'accept-encoding': accepted })
  expect([two.headers.get('content-encoding'), two.text]).toEqual([null, '[]'])
  expect(one.headers.get('vary')).toContain('accept-encoding')
})

test('an estimate of the rows comes with the first page only', async () => {
  const real = await App.start()
  const theirs = await Browser.signedIn(real, person)
  const first = await theirs.shape('user', { offset: '-1' })
  expect(first.headers.get('x-shape-rows')).toBe('1')
  const next = await theirs.shape('user', { offset: '0_0', handle: first.headers.get('electric-handle') ?? '' })
  expect(next.headers.get('x-shape-rows')).toBeNull()
  await real.stop()
})
