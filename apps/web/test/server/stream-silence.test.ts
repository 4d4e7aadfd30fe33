import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HEARTBEAT_MS } from '../../shared/protocol/sync'
import { until } from '../support/wait'
import { ShapeTransport } from '../../worker/transport/shape-transport'
import { App } from './support/app'
import { BareElectric } from './support/bare-electric'
import { Browser } from './support/browser'
import { HoldingProxy } from './support/holding-proxy'
import { admin, makeCompany, makePerson } from './support/people'

// What takes its time: these wait side by side.
let sql: pg.Pool
let app: App
beforeAll(async () => {
  sql = admin()
  app = await App.start({ LIVE_RECHECK_SECONDS: '7' })
})
afterAll(async () => {
  await app.stop()
  await sql.end()
})

test.concurrent('where nothing happens it says every 5 s that somebody is there, and by and by that a shape is up to date', async () => {
  const person = await makePerson(sql, 'silent')
  const company = await makeCompany(sql, person)
  const browser = await Browser.signedIn(app, person)
  const stream = await browser.stream([(await browser.follow('folders', company)).entry])
  const idle = await stream.batch('up to date', () => true)
  await until('another heartbeat', () => 'heartbeat' in (stream.lines.at(-1)?.line ?? {}))
  const times = stream.lines.map(({ at }) => at)
  expect(Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? 0)))).toBeLessThan(HEARTBEAT_MS + 1_500)
  expect(stream.heartbeats.length).toBeGreaterThan(1)
  expect(idle).toMatchObject({ status: 200, headers: { 'electric-offset': idle.offset }, body: [{ headers: { control: 'up-to-date' } }] })
  stream.leave()
})

test.concurrent('a connection that dies without a word is noticed in the browser within 15 s', async ({ onTestFinished }) => {
  const person = await makePerson(sql, 'dead')
  const company = await makeCompany(sql, person)
  const browser = await Browser.signedIn(app, person)
  const proxy = await HoldingProxy.before(app.origin)
  proxy.isHolding = false
  const reach: (string | undefined)[] = []
  const transport = new ShapeTransport({
    origin: proxy.origin, databaseUser: person.id, onReach: (reached, code) => reach.push(reached ? 'reached' : code),
    fetch: (input, init) => fetch(input, { ...init, headers: { ...init?.headers, cookie: browser.cookie, origin: proxy.origin } }),
  })
  onTestFinished(async () => {
    transport.close()
    await proxy.stop()
  })
  const { entry: { handle, offset } } = await browser.follow('folders', company)
  const address = { shape: 'folders', company }
  transport.fetchClient(address)(`${transport.url(address)}&live=true&handle=${handle}&offset=${offset}&cursor=`).catch(() => undefined)
  await until('the stream is there', () => reach.at(-1) === 'reached')
  proxy.isDead = true
  const died = performance.now()
  await until('it is noticed', () => reach.at(-1) === 'network')
  expect(performance.now() - died).toBeLessThan(15_500)
})

const BATCH = 1_000_000
const PLACES = 4

test.concurrent('for a browser that takes nothing no change is fetched and kept, and after a while it counts as gone', async () => {
  const electric = await BareElectric.start()
  // A log without an end: each answer is there at once and goes on where the one before ended.
  electric.does((n, socket) => next(socket, n))
  const flooded = await App.start({ ELECTRIC_URL: electric.url })
  const person = await makePerson(sql, 'stalled')
  const hers = await Browser.signedIn(flooded, person)
  const { host, hostname, port, origin } = new URL(flooded.origin)
  const body = JSON.stringify([{ shape: 'user', handle: 'h-1', offset: '0_0' }])
  // One that asks holds a place too, so that these have theirs before anybody asks.
  const sockets = await Promise.all(Array.from({ length: PLACES }, async () => {
    const socket = connect(Number(port), hostname).on('error', () => undefined)
    socket.write(`POST /api/shapes/stream HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\ncookie: ${hers.cookie}\r\nx-database-user: ${person.id}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    const [head] = await once(socket, 'data') as [Buffer]
    socket.pause()
    expect(head.toString().split('\r\n')[0]).toBe('HTTP/1.1 200 OK')
    return socket
  }))
  const asked = async () => (await hers.post('/api/shapes/stream', [])).status
  expect(await asked()).toBe(429)
  let before = -1
  await until('nothing more is fetched', () => {
    const is = electric.requests.length === before
    before = electric.requests.length
    return is
  }, { every: 1_000 })
  // Sockets of the loopback take some MB each by themselves; the log would have given hundreds by now.
  expect(before).toBeGreaterThan(0)
  expect(before * BATCH).toBeLessThan(PLACES * 20_000_000)
  // With a place it is looked at, and refused for what it is.
  await until('they have left their places', async () => await asked() === 400, { deadline: 40_000, every: 500 })
  for (const socket of sockets) socket.destroy()
  await flooded.stop()
  await electric.stop()
}, 80_000)

function next(socket: Socket, n: number): void {
  const body = JSON.stringify(['x'.repeat(BATCH)])
  socket.write(`HTTP/1.1 200 OK\r\nelectric-handle: h-1\r\nelectric-offset: ${n}_0\r\nelectric-cursor: ${n}\r\nelectric-up-to-date: \r\ncontent-length: ${body.length}\r\n\r\n${body}`)
}
