import { createServer, type Server, type Socket } from 'node:net'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { until } from '../support/wait'
import { freePort } from '../support/child'
import { App } from './support/app'
import { Browser } from './support/browser'
import { admin, makePerson, type Person } from './support/people'

let sql: pg.Pool
let person: Person
let server: Server | undefined
let app: App | undefined
const sockets = new Set<Socket>()

beforeAll(async () => {
  sql = admin()
  // The schema is there before the first person: a server with the real Electric makes it.
  await (await App.start()).stop()
  person = await makePerson(sql, 'caller')
})
afterAll(() => sql.end())
afterEach(async () => {
  await app?.stop()
  for (const socket of sockets) socket.destroy()
  await new Promise(resolve => server ? server.close(resolve) : resolve(undefined))
  server = undefined
  app = undefined
})

/** A stand-in for Electric that does with each request, by its number, what a connection can do. Out: the requests seen. */
async function electric(respond: (n: number, socket: Socket) => void): Promise<{ requests: string[], browser: Browser }> {
  const requests: string[] = []
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
  await new Promise<void>(resolve => server?.listen(port, '127.0.0.1', resolve))
  app = await App.start({ ELECTRIC_URL: `http://127.0.0.1:${port}` })
  return { requests, browser: await Browser.signedIn(app, person) }
}

function shape(socket: Socket, body = '[{"headers":{"control":"snapshot-end"}}]') {
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: public, max-age=604800\r\naccess-control-allow-origin: *\r\netag: "h:-1:0_0"\r\nelectric-handle: h-1\r\nelectric-offset: 0_0\r\nelectric-up-to-date: \r\ncontent-length: ${body.length}\r\n\r\n${body}`)
}

function refuse(socket: Socket, status: string, headers = '', body = '{}') {
  socket.write(`HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`)
}

const asked = (browser: Browser) => browser.shape('user', { offset: '-1' })

test('a kept connection that Electric closes without notice is retried once, unseen', async () => {
  const { requests, browser } = await electric((n, socket) => n === 2 ? socket.resetAndDestroy() : shape(socket))
  expect((await asked(browser)).status).toBe(200)
  expect((await asked(browser)).status).toBe(200)
  expect(requests).toHaveLength(3)
})

test('a second reset in a row is told as sync_unavailable, and not tried for ever', async () => {
  const { requests, browser } = await electric((n, socket) => n > 1 ? socket.resetAndDestroy() : shape(socket))
  await asked(browser)
  expect(await asked(browser)).toMatchObject({ status: 503, json: { code: 'sync_unavailable' } })
  expect(requests).toHaveLength(3)
})

test('where nobody listens, shapes answer 503 with Retry-After, and the server starts and serves the rest', async () => {
  app = await App.start({ ELECTRIC_URL: `http://127.0.0.1:${await freePort()}` })
  const browser = await Browser.signedIn(app, person)
  const answer = await asked(browser)
  expect(answer).toMatchObject({ status: 503, json: { code: 'sync_unavailable' } })
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(answer.headers.get('cache-control')).toBe('private, no-store')
  const live = await browser.live([{ shape: 'user', handle: 'h', offset: '0_0' }, { shape: 'memberships', handle: 'h', offset: '0_0' }])
  expect(live).toMatchObject({ status: 503, json: { code: 'sync_unavailable' } })
  expect(live.headers.get('retry-after')).toBe('5')
  expect(await browser.ask('/api/health')).toMatchObject({ status: 200, json: { database: 'up', sync: 'away' } })
})

test('Electric\'s own Retry-After is passed on', async () => {
  const { browser } = await electric((_, socket) => refuse(socket, '503 Service Unavailable', 'retry-after: 17\r\n'))
  const answer = await asked(browser)
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '17'])
})

test('a refused secret is the operator\'s matter: the browser hears that sync is away', async () => {
  const { browser } = await electric((_, socket) => refuse(socket, '401 Unauthorized', '', '{"message":"Unauthorized: secret-between-server-and-electric"}'))
  expect(await asked(browser)).toMatchObject({ status: 503, json: { code: 'sync_unavailable' } })
  expect(app?.output).toContain('Electric refused ELECTRIC_API_KEY')
})

test('a redirect is not followed: it would carry the secret elsewhere', async () => {
  const { requests, browser } = await electric((_, socket) => refuse(socket, '302 Found', 'location: /v1/shape?elsewhere\r\n'))
  expect((await asked(browser)).status).toBe(503)
  expect(requests.every(line => !line.includes('elsewhere'))).toBe(true)
})

test('no header of Electric reaches the browser but those of the protocol', async () => {
  const { browser } = await electric((_, socket) => shape(socket))
  const { headers } = await asked(browser)
  expect(headers.get('cache-control')).toBe('private, no-store')
  expect(headers.get('access-control-allow-origin')).toBeNull()
  expect(headers.get('etag')).toBeNull()
  expect(headers.get('electric-up-to-date')).toBe('')
  expect(headers.get('electric-handle')).toBe('h-1')
})

test('a snapshot is passed on while Electric still sends it', async () => {
  let finish = () => {}
  const { browser } = await electric((_, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nelectric-handle: h-1\r\nelectric-offset: 0_0\r\ntransfer-encoding: chunked\r\n\r\n')
    const part = `"${'x'.repeat(4094)}"`
    socket.write(`${(part.length + 1).toString(16)}\r\n[${part}\r\n`)
    finish = () => socket.write('1\r\n]\r\n0\r\n\r\n')
  })
  const response = await fetch(`${app?.origin}/api/shapes/user?offset=-1`, { headers: { 'cookie': browser.cookie, 'x-database-user': person.id, 'accept-encoding': 'identity' } })
  const first = await response.body?.getReader().read()
  expect(first?.value?.length).toBeGreaterThan(1000)
  finish()
})

test('a browser that leaves in the middle of a snapshot ends it at Electric too', async () => {
  const { browser } = await electric((_, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nelectric-handle: h-1\r\nelectric-offset: 0_0\r\ntransfer-encoding: chunked\r\n\r\n')
    socket.write(`1001\r\n${'x'.repeat(4097)}\r\n`)
  })
  const leaving = new AbortController()
  const response = await fetch(`${app?.origin}/api/shapes/user?offset=-1`, { signal: leaving.signal, headers: { 'cookie': browser.cookie, 'x-database-user': person.id, 'accept-encoding': 'identity' } })
  await response.body?.getReader().read()
  expect(sockets.size).toBe(1)
  leaving.abort()
  await until('the connection to Electric is closed', () => sockets.size === 0)
})

test('an answer that breaks off in the middle does not look like a whole one', async () => {
  const { browser } = await electric((_, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nelectric-handle: h-1\r\nelectric-offset: 0_0\r\ncontent-length: 9999\r\n\r\n[${'"x",'.repeat(600)}`)
    setTimeout(() => socket.destroy(), 50)
  })
  await expect(asked(browser)).rejects.toThrow()
})

test.each([
  ['br', 'br'], ['gzip', 'gzip'], ['gzip, br', 'br'], ['br;q=0, gzip', 'gzip'], ['identity', null],
])('with Accept-Encoding %s a long body comes as %s, and a short one as it is', async (accepted, encoding) => {
  const long = `["${'words of a row '.repeat(400)}"]`
  const { browser } = await electric((n, socket) => shape(socket, n === 1 ? long : '[]'))
  const one = await browser.shape('user', { offset: '-1' }, { 'accept-encoding': accepted })
  expect([one.headers.get('content-encoding'), one.text]).toEqual([encoding, long])
  const two = await browser.shape('user', { offset: '-1' }, { 'accept-encoding': accepted })
  expect([two.headers.get('content-encoding'), two.text]).toEqual([null, '[]'])
  expect(one.headers.get('vary')).toContain('accept-encoding')
})

test('an estimate of the rows comes with the first page only', async () => {
  app = await App.start({ ELECTRIC_URL: inject('stack').electricUrl })
  const browser = await Browser.signedIn(app, person)
  const first = await browser.shape('user', { offset: '-1' })
  expect(first.headers.get('x-shape-rows')).toBe('1')
  const next = await browser.shape('user', { offset: '0_0', handle: first.headers.get('electric-handle') ?? '' })
  expect(next.headers.get('x-shape-rows')).toBeNull()
})
