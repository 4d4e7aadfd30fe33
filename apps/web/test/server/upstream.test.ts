import { createServer, type Server, type Socket } from 'node:net'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../support/wait'
import { freePort } from '../support/child'
import { App } from './support/app'
import { Browser } from './support/browser'
import { admin, makePerson, type Person } from './support/people'

let sql: pg.Pool
let person: Person
let server: Server
let app: App
let browser: Browser
let respond: (n: number, socket: Socket) => void
let requests: string[]
const sockets = new Set<Socket>()

beforeAll(async () => {
  sql = admin()
  // The schema is there before the first person: a server with the real Electric makes it.
  await (await App.start()).stop()
  person = await makePerson(sql, 'caller')
  const port = await freePort()
  server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (data) => {
      requests.push(data.toString().split('\r\n')[0] ?? '')
      respond(requests.length, socket)
    })
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  app = await App.start({ ELECTRIC_URL: `http://127.0.0.1:${port}` })
  browser = await Browser.signedIn(app, person)
})
beforeEach(closeAll)
afterAll(async () => {
  await app.stop()
  await closeAll()
  await new Promise(resolve => server.close(resolve))
  await sql.end()
})

/** No connection is left from the test before. */
async function closeAll(): Promise<void> {
  for (const socket of sockets) socket.resetAndDestroy()
  await until('all connections are closed', () => sockets.size === 0)
}

/** What stands in for Electric does this with each request, by its number: all that a connection can do. */
function electric(does: (n: number, socket: Socket) => void): void {
  requests = []
  respond = does
}

function shape(socket: Socket, body = '[{"headers":{"control":"snapshot-end"}}]') {
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: public, max-age=604800\r\naccess-control-allow-origin: *\r\netag: "h:-1:0_0"\r\nelectric-handle: h-1\r\nelectric-offset: 0_0\r\nelectric-up-to-date: \r\ncontent-length: ${body.length}\r\n\r\n${body}`)
}

function refuse(socket: Socket, status: string, headers = '', body = '{}') {
  socket.write(`HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`)
}

const asked = (by = browser) => by.shape('user', { offset: '-1' })

test('a kept connection that Electric closes without notice is retried once, unseen', async () => {
  electric((n, socket) => n === 2 ? socket.resetAndDestroy() : shape(socket))
  expect((await asked()).status).toBe(200)
  expect((await asked()).status).toBe(200)
  expect(requests).toHaveLength(3)
})

test('a second reset in a row is told as sync_unavailable, and not tried for ever', async () => {
  electric((n, socket) => n > 1 ? socket.resetAndDestroy() : shape(socket))
  await asked()
  expect(await asked()).toMatchObject({ status: 503, json: { code: 'sync_unavailable' } })
  expect(requests).toHaveLength(3)
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
  expect(await theirs.ask('/api/health')).toMatchObject({ status: 200, json: { database: 'up', sync: 'away' } })
  await alone.stop()
})

test('Electric\'s own Retry-After is passed on', async () => {
  electric((_, socket) => refuse(socket, '503 Service Unavailable', 'retry-after: 17\r\n'))
  const answer = await asked()
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '17'])
})

test('a refused secret is the operator\'s matter: the browser hears that sync is away', async () => {
  electric((_, socket) => refuse(socket, '401 Unauthorized', '', '{"message":"Unauthorized: secret-between-server-and-electric"}'))
  expect(await asked()).toMatchObject({ status: 503, json: { code: 'sync_unavailable' } })
  await until('the operator is told in the log', () => app.output.includes('Electric refused ELECTRIC_API_KEY'))
})

test('a redirect is not followed: it would carry the secret elsewhere', async () => {
  electric((_, socket) => refuse(socket, '302 Found', 'location: /v1/shape?elsewhere\r\n'))
  expect((await asked()).status).toBe(503)
  expect(requests.every(line => !line.includes('elsewhere'))).toBe(true)
})

test('no header of Electric reaches the browser but those of the protocol', async () => {
  electric((_, socket) => shape(socket))
  const { headers } = await asked()
  expect(headers.get('cache-control')).toBe('private, no-store')
  expect(headers.get('access-control-allow-origin')).toBeNull()
  expect(headers.get('etag')).toBeNull()
  expect(headers.get('electric-up-to-date')).toBe('')
  expect(headers.get('electric-handle')).toBe('h-1')
})

test('a snapshot is passed on while Electric still sends it', async () => {
  let finish = () => {}
  electric((_, socket) => {
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
  electric((_, socket) => {
    carrier = socket
    socket.write('HTTP/1.1 200 OK\r\nelectric-handle: h-1\r\nelectric-offset: 0_0\r\ntransfer-encoding: chunked\r\n\r\n')
    socket.write(`1001\r\n${'x'.repeat(4097)}\r\n`)
  })
  const leaving = new AbortController()
  const response = await fetch(`${app.origin}/api/shapes/user?offset=-1`, { signal: leaving.signal, headers: { 'cookie': browser.cookie, 'x-database-user': person.id, 'accept-encoding': 'identity' } })
  await response.body?.getReader().read()
  expect(carrier?.destroyed).toBe(false)
  leaving.abort()
  await until('the connection to Electric is closed', () => carrier?.destroyed)
})

test('an answer that breaks off in the middle does not look like a whole one', async () => {
  electric((_, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nelectric-handle: h-1\r\nelectric-offset: 0_0\r\ncontent-length: 9999\r\n\r\n[${'"x",'.repeat(600)}`)
    setTimeout(() => socket.destroy(), 50)
  })
  await expect(asked()).rejects.toThrow()
})

test.each([
  ['br', 'br'], ['gzip', 'gzip'], ['gzip, br', 'br'], ['br;q=0, gzip', 'gzip'], ['identity', null],
])('with Accept-Encoding %s a long body comes as %s, and a short one as it is', async (accepted, encoding) => {
  const long = `["${'words of a row '.repeat(400)}"]`
  electric((n, socket) => shape(socket, n === 1 ? long : '[]'))
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
