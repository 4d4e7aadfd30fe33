import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { STREAM_PATH } from '../../shared/protocol/sync'
import { ShapeTransport } from '../../worker/transport/shape-transport'
import { until } from './browser/visit'

const SILENCE_MS = 300

/** A server over real HTTP that can fall silent at any place. */
let server: Server
/** `METHOD shape` of each request, in order. */
let requests: string[]
let serve: (response: ServerResponse, request: string, times: number) => void
let reach: boolean[]
let transport: ShapeTransport

beforeEach(async () => {
  requests = []
  reach = []
  server = createServer((request: IncomingMessage, response) => {
    // This one knows the long poll only.
    if (request.url === STREAM_PATH) return void response.writeHead(404).end()
    const name = `${request.method} ${new URL(request.url ?? '/', 'http://app').pathname.split('/').at(-1)}`
    requests.push(name)
    serve(response, name, requests.filter(other => other === name).length)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  transport = new ShapeTransport({
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, databaseUser: 'u1', onReach: reached => reach.push(reached),
    pageSilenceMs: SILENCE_MS, times: { pollSilence: SILENCE_MS },
  })
})
afterEach(async () => {
  transport.close()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

const page = (shape: string) => transport.fetchClient({ shape })(`${transport.url({ shape })}?offset=-1`)
const live = (shape: string) => transport.fetchClient({ shape })(`${transport.url({ shape })}?live=true&handle=h&offset=5_0&cursor=`)
const line = (shape: string, body: unknown) => `${JSON.stringify({ shape, offset: '5_0', handle: 'h', status: 200, headers: {}, body })}\n`
const head = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'application/json' })

test.for([
  ['before the head of its answer', () => undefined],
  ['in the midst of a body', (response: ServerResponse) => head(response).write('["half')],
] as const)('a server that falls silent %s holds up no other page, and is asked again', async ([, fallSilent]) => {
  serve = (response, name, times) => name === 'GET user' && times === 1 ? fallSilent(response) : head(response).end(`["${name}"]`)
  const [user, memberships] = [page('user'), page('memberships')]
  expect(await (await memberships).json()).toEqual(['GET memberships'])
  expect(await (await user).json()).toEqual(['GET user'])
  expect(requests).toEqual(['GET user', 'GET memberships', 'GET user'])
  // It is a network that does not carry, and told as such until something came.
  expect(reach[0]).toBe(false)
  expect(reach.at(-1)).toBe(true)
})

test('a slow page that keeps coming is read to its end', async () => {
  serve = (response) => {
    head(response).write('["')
    let left = 40
    const drip = setInterval(() => {
      if (--left > 0) return void response.write('x')
      clearInterval(drip)
      response.end('"]')
    }, SILENCE_MS / 15)
  }
  const began = performance.now()
  expect(await (await page('user')).json()).toEqual(['x'.repeat(39)])
  expect(performance.now() - began).toBeGreaterThan(2 * SILENCE_MS)
  expect(requests).toEqual(['GET user'])
})

test('a live request that is never answered is offline, and asked again', async () => {
  serve = (response, _, times) => times > 1 && head(response).end(line('user', ['new']))
  expect(await (await live('user')).json()).toEqual(['new'])
  expect(reach.slice(0, 2)).toEqual([false, true])
})

test('a live answer that stops half way keeps what has come, and asks for the rest', async () => {
  serve = (response, _, times) => times > 1 ? head(response).end(line('memberships', ['m'])) : head(response).write(`${line('user', ['u'])}{"shape":"memb`)
  const [user, memberships] = [live('user'), live('memberships')]
  expect(await (await user).json()).toEqual(['u'])
  expect(await (await memberships).json()).toEqual(['m'])
})

test('a live answer that is coming in is not broken off by a shape that joins', async () => {
  let finish = () => {}
  serve = (response, _, times) => {
    if (times > 1) return void head(response).end(line('memberships', ['m']))
    const whole = line('user', ['u'])
    head(response).write(whole.slice(0, 10))
    finish = () => void response.end(whole.slice(10))
  }
  const user = live('user')
  await until(async () => reach.length, heard => heard > 0)
  const memberships = live('memberships')
  // Longer than it takes to break a request off and send it anew.
  await new Promise(resolve => setTimeout(resolve, SILENCE_MS / 2))
  expect(requests).toHaveLength(1)
  finish()
  expect(await (await user).json()).toEqual(['u'])
  expect(await (await memberships).json()).toEqual(['m'])
})
