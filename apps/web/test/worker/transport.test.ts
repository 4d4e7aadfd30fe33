import { afterEach, beforeEach, expect, test } from 'vitest'
import { LIVE_SHAPES_LIMIT, STREAM_PATH, type LiveEntry } from '../../shared/protocol/sync'
import { ShapeTransport } from '../../worker/transport/shape-transport'

const COMPANY = '00000000-0000-7000-8000-00000000000c'

/** One request as it stands at the server: looked at, and answered when the test likes. */
interface Held { method: string, url: URL, headers: Headers, entries: LiveEntry[], signal: AbortSignal, answer: (response: Response) => void, fail: () => void }

let held: Held[]
/** All that were ever sent. */
let sent: Held[]
let reach: boolean[]
let transport: ShapeTransport

beforeEach(() => {
  held = []
  sent = []
  reach = []
  transport = new ShapeTransport({
    origin: 'http://app.test', databaseUser: 'u1', onReach: reached => reach.push(reached),
    fetch: (input, init = {}) => new Promise((resolve, reject) => {
      // What these tests are about is the long poll: this server has no stream.
      if (String(input).endsWith(STREAM_PATH)) return resolve(new Response(null, { status: 404 }))
      const one: Held = {
        method: init.method ?? 'GET', url: new URL(input instanceof Request ? input.url : input), headers: new Headers(init.headers),
        entries: init.method === 'POST' ? JSON.parse(String(init.body)) as LiveEntry[] : [], signal: init.signal ?? new AbortController().signal,
        answer: response => over(() => resolve(response)),
        fail: () => over(() => reject(new TypeError('Failed to fetch'))),
      }
      const over = (settle: () => void) => {
        held = held.filter(other => other !== one)
        settle()
      }
      one.signal.addEventListener('abort', () => over(() => reject(one.signal.reason)))
      held.push(one)
      sent.push(one)
    }),
  })
})
afterEach(() => transport.close())

const ask = (shape: string, query: string, signal = new AbortController().signal) =>
  transport.fetchClient({ shape, company: COMPANY })(`${transport.url({ shape, company: COMPANY })}&${query}`, { signal })
const live = (shape: string, offset = '5_0') => ask(shape, `live=true&handle=h-${shape}&offset=${offset}&cursor=`)
const line = (shape: string, offset: string, body: unknown, status = 200) => `${JSON.stringify({ shape, company: COMPANY, offset, handle: `h-${shape}`, status, headers: { 'electric-offset': '6_0' }, body })}\n`
const inFlight = async (holds: (all: Held[]) => boolean): Promise<Held> => {
  const end = Date.now() + 5000
  while (!holds(held)) {
    if (Date.now() > end) throw new Error(`Waited in vain; in flight: ${held.map(one => `${one.method} ${one.url.href} ${one.entries.map(entry => entry.shape).join()}`).join('; ')}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return held[0] as Held
}

test('pages of many shapes go one after the other, each with the user that the database belongs to', async () => {
  const all = ['folders', 'members', 'leads'].map(shape => ask(shape, 'offset=-1&table=folders&where=true&log=full'))
  for (const shape of ['folders', 'members', 'leads']) {
    const one = await inFlight(requests => requests.length > 0)
    expect(held).toHaveLength(1)
    // Table and where are the server's business: what the client says of them does not go out.
    expect(one.url.href).toBe(`http://app.test/api/shapes/${shape}?company=${COMPANY}&offset=-1`)
    expect(one.headers.get('x-database-user')).toBe('u1')
    one.answer(new Response('[]'))
  }
  expect((await Promise.all(all)).map(response => response.status)).toEqual([200, 200, 200])
})

test('live requests of many shapes are one, and each gets its own line', async () => {
  const [folders, members] = [live('folders'), live('members')]
  const one = await inFlight(([post]) => post?.entries.length === 2)
  one.answer(new Response(line('members', '5_0', ['m']) + line('folders', '5_0', ['f'])))
  expect(await (await folders).json()).toEqual(['f'])
  expect(await (await members).json()).toEqual(['m'])
  expect((await folders).headers.get('electric-offset')).toBe('6_0')
})

test('a shape that joins has the request sent anew with all of them, never two at once', async () => {
  void live('folders')
  await inFlight(([post]) => post?.entries.length === 1)
  void live('members')
  await inFlight(([post]) => post?.entries.length === 2)
  expect(held).toHaveLength(1)
})

test('shapes that ask again after their answers do not break off the request that has them', async () => {
  void live('members')
  let folders = live('folders', '1_0')
  const isAt = (n: number) => inFlight(([post]) => post?.entries.some(entry => entry.offset === `${n}_0`) ?? false)
  for (let n = 1; n <= 5; n++) {
    (await isAt(n)).answer(new Response(line('folders', `${n}_0`, [])))
    await folders
    folders = live('folders', `${n + 1}_0`)
  }
  await isAt(6)
  // Longer than the set takes to settle: who is not broken off now is held.
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(sent.map(one => one.entries.length)).toEqual([2, 2, 2, 2, 2, 2])
  expect(held).toHaveLength(1)
})

test('a late line for an older offset is nobody\'s', async () => {
  const folders = live('folders', '7_0')
  const one = await inFlight(requests => requests.length === 1)
  one.answer(new Response(line('folders', '5_0', ['old'])))
  transport.wake()
  const again = await inFlight(([post]) => post !== undefined && post !== one)
  again.answer(new Response(line('folders', '7_0', ['new'])))
  expect(await (await folders).json()).toEqual(['new'])
})

test('a refusal of one shape is that shape\'s alone, and one of the whole request is everyone\'s', async () => {
  const [folders, members] = [live('folders'), live('members')]
  const one = await inFlight(([post]) => post?.entries.length === 2)
  one.answer(new Response(line('members', '5_0', { code: 'role_changed' }, 403)))
  expect((await members).status).toBe(403)
  const rest = await inFlight(([post]) => post?.entries.length === 1 && post.entries[0]?.shape === 'folders')
  rest.answer(Response.json({ code: 'sign_in' }, { status: 401 }))
  expect((await folders).status).toBe(401)
})

test('no network and 503 are tried again in here, not before Retry-After, and at once when woken', async () => {
  const page = ask('folders', 'offset=-1')
  ;(await inFlight(requests => requests.length === 1)).fail()
  const began = Date.now()
  const second = await inFlight(requests => requests.length === 1)
  second.answer(Response.json({ code: 'sync_unavailable' }, { status: 503, headers: { 'retry-after': '60' } }))
  await new Promise(resolve => setTimeout(resolve, 700))
  expect(held).toEqual([])
  expect(reach).toEqual([false, false])
  transport.wake()
  ;(await inFlight(requests => requests.length === 1)).answer(new Response('[]'))
  expect((await page).status).toBe(200)
  expect(reach.at(-1)).toBe(true)
  expect(Date.now() - began).toBeLessThan(10_000)
})

test('a shape that is given up while it waits for its turn is not asked for', async () => {
  const first = ask('folders', 'offset=-1')
  const giving = new AbortController()
  const second = ask('members', 'offset=-1', giving.signal)
  giving.abort()
  await expect(second).rejects.toThrow()
  ;(await inFlight(requests => requests.length === 1)).answer(new Response('[]'))
  await first
  expect(held).toEqual([])
})

test('a line that is cut in two by the network is asked for again', async () => {
  const folders = live('folders')
  const one = await inFlight(requests => requests.length === 1)
  one.answer(new Response(line('folders', '5_0', ['f']).slice(0, 20)))
  transport.wake()
  const again = await inFlight(([post]) => post !== undefined && post !== one)
  again.answer(new Response(line('folders', '5_0', ['f'])))
  expect(await (await folders).json()).toEqual(['f'])
})

test('more shapes than one live request may name take turns', async () => {
  const all = Array.from({ length: LIVE_SHAPES_LIMIT + 1 }, (_, n) => live(`s${n}`))
  const one = await inFlight(([post]) => post !== undefined)
  expect(one.entries).toHaveLength(LIVE_SHAPES_LIMIT)
  one.answer(new Response(one.entries.map(({ shape, offset }) => line(shape, offset, [])).join('')))
  const rest = await inFlight(([post]) => post !== undefined && post !== one)
  expect(rest.entries.map(entry => entry.shape)).toEqual([`s${LIVE_SHAPES_LIMIT}`])
  rest.answer(new Response(line(`s${LIVE_SHAPES_LIMIT}`, '5_0', [])))
  expect((await Promise.all(all)).every(response => response.ok)).toBe(true)
})
