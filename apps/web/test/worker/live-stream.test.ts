import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { CONFIG_PATH, LIVE_PATH, STREAM_PATH, type LiveEntry } from '../../shared/protocol/sync'
import { Pause } from '../../worker/transport/pause'
import { ShapeTransport } from '../../worker/transport/shape-transport'
import { until } from './browser/visit'

// Real HTTP on both sides; the server is a script, so that it can do to a stream all that a server or a proxy does.

interface Opened { path: string, entries: LiveEntry[], response: ServerResponse, at: number }

/** Short, so that nothing has to be waited for; what they are in earnest is said by test/e2e and by stream-dead.test.ts. */
const TIMES = { settle: 2, change: 40, part: 10, first: 300, silence: 15_000, again: 700, pollSilence: 15_000 }
const SILENCE_MS = 600

let server: Server
/** Every live request, in order. */
let opened: Opened[]
/** What the server does with a request, by its path. */
let serve: (one: Opened) => void
let config: (response: ServerResponse) => void
let reach: string[]
let transport: ShapeTransport

beforeEach(async () => {
  opened = []
  reach = []
  clients = new Map()
  serve = ({ response }) => greet(response)
  config = response => response.end('{}')
  server = createServer(async (request: IncomingMessage, response) => {
    if (request.url === CONFIG_PATH) return config(response)
    if (request.method === 'GET') return void response.end('[]')
    const entries = JSON.parse(Buffer.concat(await Readable.from(request).toArray()).toString()) as LiveEntry[]
    const one = { path: request.url ?? '', entries, response, at: performance.now() }
    opened.push(one)
    serve(one)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  transport = make()
})
afterEach(async () => {
  transport.close()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

const make = (times = {}) => new ShapeTransport({
  origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, databaseUser: 'u1',
  onReach: (reached, code) => reach.push(reached ? 'reached' : code ?? ''), times: { ...TIMES, ...times },
})
const greet = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write(`${JSON.stringify({ heartbeat: true, at: Date.now() })}\n`)
/** Who follows a shape has one of these for as long. */
let clients: Map<string, typeof fetch>
function live(shape: string, offset = 1, signal = new AbortController().signal): Promise<Response> {
  const client = clients.get(shape) ?? transport.fetchClient({ shape })
  clients.set(shape, client)
  return client(`${transport.url({ shape })}?live=true&handle=h&offset=${offset}_0&cursor=`, { signal })
}
const change = (name: string) => ({ headers: { operation: 'update' }, key: name, value: { name } })
const upToDate = { headers: { control: 'up-to-date' } }
const line = (shape: string, from: number, to: number, body: unknown = [change(`${shape} ${to}`), upToDate], status = 200) =>
  `${JSON.stringify({ shape, offset: `${from}_0`, handle: 'h', status, headers: status === 200 ? { 'electric-offset': `${to}_0`, 'electric-handle': 'h', 'electric-cursor': `${to}`, 'electric-up-to-date': '' } : {}, body })}\n`
const end = (status: number, code: string, headers = {}) => `${JSON.stringify({ end: true, status, headers, body: { code } })}\n`
const names = async (response: Promise<Response>) => (await (await response).json() as { value?: { name: string } }[]).flatMap(message => message.value?.name ?? [])
const stands = (count: number) => until(async () => opened[count - 1], one => one !== undefined) as Promise<Opened>
const carrying = (shapes: string[]) => until(async () => opened.at(-1), one => one !== undefined && String(one.entries.map(entry => entry.shape).sort()) === String(shapes.sort())) as Promise<Opened>
const isSettled = (ms = 150) => new Promise(resolve => setTimeout(resolve, ms))

test('batch after batch of many shapes comes over one request', async () => {
  let [folders, leads] = [live('folders'), live('leads')]
  const { response } = await carrying(['folders', 'leads'])
  for (let n = 1; n <= 5; n++) {
    response.write(line('folders', n, n + 1) + line('leads', n, n + 1))
    expect([await names(folders), await names(leads)]).toEqual([[`folders ${n + 1}`], [`leads ${n + 1}`]])
    ;[folders, leads] = [live('folders', n + 1), live('leads', n + 1)]
  }
  expect(opened).toHaveLength(1)
  expect(reach).toEqual(['reached'])
})

test('what comes while a shape is busy waits for it as one batch, with one "up to date"', async () => {
  const first = live('folders')
  const { response } = await stands(1)
  response.write(line('folders', 1, 2))
  await names(first)
  response.write(line('folders', 2, 3) + line('folders', 3, 3, [upToDate]) + line('folders', 3, 4))
  await isSettled(50)
  const second = await live('folders', 2)
  expect(await second.json()).toEqual([change('folders 3'), change('folders 4'), upToDate])
  expect([second.headers.get('electric-offset'), second.headers.get('electric-cursor')]).toEqual(['4_0', '4'])
  expect(opened).toHaveLength(1)
})

test('what is delivered twice or late counts for nothing', async () => {
  const first = live('folders')
  const { response } = await stands(1)
  response.write(line('folders', 1, 2) + line('folders', 2, 3) + line('folders', 1, 2) + line('folders', 2, 3))
  expect(await names(first)).toEqual(['folders 2'])
  expect(await names(live('folders', 2))).toEqual(['folders 3'])
  response.write(line('folders', 1, 2) + line('folders', 3, 4))
  expect(await names(live('folders', 3))).toEqual(['folders 4'])
  expect(opened).toHaveLength(1)
})

test('a shape that stays behind with much keeps no other waiting, and asks for what it missed', async () => {
  const [slow, leads] = [live('folders'), live('leads')]
  const { response } = await carrying(['folders', 'leads'])
  response.write(line('folders', 1, 2))
  await names(slow)
  for (let n = 2; n < 6; n++) response.write(line('folders', n, n + 1, [change('x'.repeat(9_000_000)), upToDate]))
  response.write(line('leads', 1, 2))
  expect(await names(leads)).toEqual(['leads 2'])
  void live('leads', 2)
  const again = live('folders', 2)
  const { entries, response: next } = await stands(2)
  expect(entries.map(({ shape, offset }) => [shape, offset]).sort()).toEqual([['folders', '2_0'], ['leads', '2_0']])
  next.write(line('folders', 2, 6))
  expect(await names(again)).toEqual(['folders 6'])
}, 20_000)

test('ten companies that become live one after the other open the stream anew a few times, not seventy', async () => {
  for (let n = 0; n < 70; n++) {
    void live(`s${n}`)
    await isSettled(5)
  }
  await until(async () => opened.at(-1)?.entries.length, count => count === 70)
  expect(opened.length).toBeLessThan(20)
})

test('shapes that join together are carried by one stream more, and those that are busy meanwhile are not forgotten', async () => {
  const folders = live('folders')
  const { response } = await stands(1)
  response.write(line('folders', 1, 2))
  await names(folders)
  // It is applying now and asks later.
  for (const shape of ['leads', 'groups', 'members']) void live(shape)
  const { response: next } = await carrying(['folders', 'leads', 'groups', 'members'])
  next.write(line('folders', 2, 3))
  await isSettled(50)
  expect(await names(live('folders', 2))).toEqual(['folders 3'])
  await isSettled()
  expect(opened).toHaveLength(2)
})

test('a refusal of one shape is that shape\'s alone', async () => {
  const [folders, leads] = [live('folders'), live('leads')]
  const { response } = await carrying(['folders', 'leads'])
  response.write(line('leads', 1, 1, { code: 'role_changed' }, 403) + line('folders', 1, 2))
  expect((await leads).status).toBe(403)
  expect(await names(folders)).toEqual(['folders 2'])
  expect(opened).toHaveLength(1)
})

test('a shape that fails at the server is waited for without a word, as long as another works', async () => {
  const [folders, leads] = [live('folders'), live('leads')]
  const { response } = await carrying(['folders', 'leads'])
  response.write(line('leads', 1, 1, { code: 'sync_unavailable' }, 503) + line('folders', 1, 2))
  expect(await names(folders)).toEqual(['folders 2'])
  expect(reach).toEqual(['reached'])
  response.write(line('folders', 2, 2, { code: 'sync_unavailable' }, 503))
  await until(async () => reach.at(-1), last => last === 'sync_unavailable')
  response.write(line('leads', 1, 2))
  expect(await names(leads)).toEqual(['leads 2'])
  expect(reach.at(-1)).toBe('reached')
  expect(opened).toHaveLength(1)
})

test('a refusal of the whole is everyone\'s, before the stream and within it, and is not asked for again at once', async () => {
  serve = ({ response }) => opened.length === 1 ? void response.writeHead(401).end('{"code":"sign_in"}') : void (greet(response), response.end(end(412, 'wrong_user')))
  const [folders, leads] = [live('folders'), live('leads')]
  expect([(await folders).status, (await leads).status]).toEqual([401, 401])
  expect((await live('folders')).status).toBe(412)
  for (let n = 0; n < 10; n++) void live(`s${n}`)
  await isSettled(40)
  expect(opened).toHaveLength(2)
})

test('a stream that breaks is opened again from where each shape stands; a line that was cut in two counts for nothing', async () => {
  const folders = live('folders')
  const { response } = await stands(1)
  const [whole, cut] = [line('folders', 1, 2), line('folders', 2, 3)]
  // Cut between two messages, where it still looks like the end of something.
  response.write(whole + cut.slice(0, cut.lastIndexOf(',{"headers"')), () => response.end())
  expect(await names(folders)).toEqual(['folders 2'])
  const rest = live('folders', 2)
  const { entries, response: next } = await stands(2)
  expect(entries).toMatchObject([{ offset: '2_0', cursor: '2' }])
  next.write(cut)
  expect(await names(rest)).toEqual(['folders 3'])
  // It was back at once: nobody was told of an outage.
  expect(reach).toEqual(['reached', 'reached'])
})

test('a server that is away is told as away, and asked again after a wait', async () => {
  serve = ({ response }) => void response.destroy()
  void live('folders')
  await stands(3)
  expect(reach).toContain('network')
  const times = opened.map(({ at }) => at)
  expect(Math.min(...times.slice(1).map((at, i) => at - (times[i] ?? 0)))).toBeGreaterThan(40)
})

test('a server that greets and hangs up each time is left alone for longer and longer', async () => {
  serve = ({ response }) => {
    greet(response)
    response.end()
  }
  void live('folders')
  await isSettled(3_000)
  // Waits that do not grow would bring more than ten.
  expect(opened.length).toBeLessThan(8)
})

test('browsers that lost the same server do not come back as one', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const began = performance.now()
  const ended = Promise.all(Array.from({ length: 20 }, async () => {
    await new Pause(200).wait(new AbortController().signal)
    return performance.now() - began
  }))
  await vi.advanceTimersByTimeAsync(200)
  const waits = await ended
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(19)
  // Twenty of them over nine tenths of the ceiling.
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(60)
})

test('Retry-After is honoured, of an answer and of the last line of a stream, until somebody asks', async () => {
  serve = ({ response }) => opened.length === 1
    ? void response.writeHead(503, { 'retry-after': '60' }).end('{"code":"sync_unavailable"}')
    : void (greet(response), response.end(end(503, 'database_unavailable', { 'retry-after': '60' })))
  void live('folders')
  await stands(1)
  await isSettled(800)
  expect(opened).toHaveLength(1)
  transport.wake()
  await stands(2)
  await isSettled(800)
  expect(opened).toHaveLength(2)
  expect(reach).toEqual(['sync_unavailable', 'reached', 'database_unavailable'])
})

test('a connection that goes silent is given up and opened again', async () => {
  transport = make({ silence: SILENCE_MS })
  const folders = live('folders')
  const { at } = await stands(1)
  const { response, at: again } = await stands(2)
  expect(again - at).toBeGreaterThan(SILENCE_MS)
  expect(reach.slice(0, 2)).toEqual(['reached', 'network'])
  response.write(line('folders', 1, 2))
  expect(await names(folders)).toEqual(['folders 2'])
})

test.for([
  ['the body of the stream', (response: ServerResponse) => response.writeHead(200).flushHeaders()],
  ['all of the stream, its head too,', () => undefined],
] as const)('where a proxy holds %s back the long poll takes over, and the stream is tried again later', async ([, holdBack]) => {
  let isHeld = true
  serve = ({ path, response, entries }) => {
    // Held where nothing happens.
    if (path === LIVE_PATH) return void (entries[0]?.offset === '1_0' && response.end(line('folders', 1, 2)))
    if (isHeld) holdBack(response)
    else greet(response)
  }
  expect(await names(live('folders'))).toEqual(['folders 2'])
  expect(opened.map(({ path }) => path)).toEqual([STREAM_PATH, LIVE_PATH])
  // It is no outage.
  expect(reach).not.toContain('network')
  isHeld = false
  void live('folders', 2)
  await until(async () => opened.filter(one => one.path === STREAM_PATH).length, count => count === 2)
  expect(opened.at(-1)?.entries).toMatchObject([{ offset: '2_0' }])
  expect(opened.at(-2)?.response.destroyed).toBe(true)
})

test('where nobody is there at all it is told as an outage, and no long poll is tried', async () => {
  serve = () => undefined
  config = () => undefined
  const began = performance.now()
  void live('folders')
  await until(async () => reach.at(-1), last => last === 'network')
  expect(performance.now() - began).toBeLessThan(2 * TIMES.first + 400)
  await stands(2)
  expect(opened.every(({ path }) => path === STREAM_PATH)).toBe(true)
})

test('a server that has much to do and answers late is not taken for a proxy', async () => {
  serve = ({ response }) => void setTimeout(() => {
    greet(response)
    response.write(line('folders', 1, 2))
  }, TIMES.first * 1.5)
  expect(await names(live('folders'))).toEqual(['folders 2'])
  expect(opened.map(({ path }) => path)).toEqual([STREAM_PATH])
})

test('a server that has no stream is asked by long polls', async () => {
  serve = ({ path, response }) => void (path === STREAM_PATH ? response.writeHead(404).end() : response.end(line('folders', 1, 2)))
  expect(await names(live('folders'))).toEqual(['folders 2'])
  expect(opened.map(({ path }) => path)).toEqual([STREAM_PATH, LIVE_PATH])
})

test('a long poll in which nothing happened is no outage, and an empty page of somebody else is', async () => {
  let polls = 0
  serve = ({ path, response }) => {
    if (path === STREAM_PATH) return void response.writeHead(404).end()
    polls++
    if (polls === 1) return void response.end(`${JSON.stringify({ heartbeat: true, at: 1 })}\n`)
    if (polls === 2) return void response.end(line('folders', 1, 2))
    response.end('<html>Please sign in to the Wi-Fi</html>\n')
  }
  expect(await names(live('folders'))).toEqual(['folders 2'])
  expect(reach).not.toContain('network')
  void live('folders', 2)
  await until(async () => reach.at(-1), last => last === 'network')
})

test('an answer of the stream that is somebody else\'s page is an outage, and purges nothing', async () => {
  serve = ({ response }) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>\n<body>Please sign in to the Wi-Fi</body>\n</html>\n')
  let isAnswered = false
  void live('folders').then(() => { isAnswered = true })
  await until(async () => reach.at(-1), last => last === 'network')
  expect(isAnswered).toBe(false)
})

test('when the network comes back it is asked anew at once, never with two streams', async () => {
  void live('folders')
  const { response } = await stands(1)
  let open = true
  response.on('close', () => { open = false })
  transport.wake()
  await stands(2)
  expect(open).toBe(false)
})

test('a company that is left and joined again hears nothing of what was said to it before', async () => {
  const [first, leads] = [live('folders'), live('leads')]
  const { response } = await carrying(['folders', 'leads'])
  response.write(line('folders', 1, 2))
  await first
  // While it applies that, its membership ends; what followed it is stopped, and later another follows it from the same place.
  response.write(line('folders', 2, 2, { code: 'membership_ended' }, 403) + line('leads', 1, 2))
  await leads
  clients.delete('folders')
  const again = live('folders', 2)
  const { response: next } = await stands(2)
  next.write(line('folders', 2, 3))
  expect(await names(again)).toEqual(['folders 3'])
})

test('a shape that is given up is not carried by the next stream, and one stream more is enough for many', async () => {
  const giving = new AbortController()
  void live('folders')
  const left = ['leads', 'groups', 'members'].map(shape => live(shape, 1, giving.signal))
  await carrying(['folders', 'leads', 'groups', 'members'])
  giving.abort()
  expect((await Promise.allSettled(left)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  await carrying(['folders'])
  await isSettled()
  expect(opened).toHaveLength(2)
})
