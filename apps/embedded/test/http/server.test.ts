// What a client, or someone who tries the door, gets over HTTP.
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SECRET, type TestStack, ask, readToEnd, startStack } from '../stack.ts'

let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ snapshotPageBytes: 20_000, logMaxBytes: 40_000, sseKeepAliveMs: 200, sseTimeoutMs: 3_000 })
  await stack.sql(`CREATE TABLE paged (id int PRIMARY KEY, v text); INSERT INTO paged SELECT i, repeat('x', 100) FROM generate_series(1, 1000) i`)
})
afterAll(() => stack.remove())

/** A request whose path goes out exactly as written; fetch would tidy it. */
async function raw(path: string, method = 'GET'): Promise<{ status: number, body: string }> {
  return await new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: stack.port, path, method }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => { body += chunk.toString() })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('no way of writing the path or the secret leads past the secret', () => {
  const query = '?table=paged&offset=-1'
  test.each([
    `/v1/shape${query}`, `/v1/shape/${query}`, `//v1/shape${query}`, `/v1//shape${query}`, `/v1/./shape${query}`, `/v1/x/../shape${query}`,
    `/v1/%73hape${query}`, `/V1/SHAPE${query}`, `/v1/shape%2f${query}`, `/v1/shape;x${query}`, `/v1/shape#${query}`, `/v1/shape%3f${query.slice(1)}`,
    `/v1/health/../shape${query}`, `http://127.0.0.1/v1/shape${query}`, `/v1/shape${query}&secret=`, `/v1/shape${query}&secret=${SECRET}x`,
    `/v1/shape${query}&secret[]=${SECRET}`, `/v1/shape${query}&SECRET=${SECRET}`, `/v1/shape${query}&secret=x&secret=${SECRET}`,
    `/v1/shape${query}&secret=x&api_secret=${SECRET}`, `/v1/shape${query}%26secret=${SECRET}`,
  ])('%s', async (path) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await raw(path, method)
      expect([400, 401, 404]).toContain(answer.status)
      expect(answer.body).not.toContain('xxx')
      expect(answer.body).not.toContain(SECRET)
    }
  })
})

describe('a snapshot of many pages', () => {
  test('every row once, each page within its size, only the last with snapshot-end', async () => {
    const pages: number[] = []
    let place: { offset: string, handle?: string } = { offset: '-1' }
    const keys: string[] = []
    for (;;) {
      const answer = await ask(stack, { table: 'paged', ...place })
      expect(answer.status).toBe(200)
      pages.push(answer.text.length)
      keys.push(...answer.messages.flatMap(message => message.key ?? []))
      place = { offset: answer.offset, handle: answer.handle }
      if (answer.messages.some(message => message.headers.control === 'snapshot-end')) break
    }
    expect(pages.length).toBeGreaterThan(5)
    expect(Math.max(...pages)).toBeLessThanOrEqual(20_100)
    expect(new Set(keys).size).toBe(1000)
    expect(keys).toHaveLength(1000)
    expect(place.offset).toBe(`0_${pages.length - 1}`)
  })

  test('the first page comes while the later ones are still being read', async () => {
    await stack.sql(`CREATE TABLE slow (id int PRIMARY KEY, v text); INSERT INTO slow SELECT i, repeat('y', 1000) FROM generate_series(1, 15000) i`)
    const started = performance.now()
    const first = await ask(stack, { table: 'slow', offset: '-1' })
    const firstMs = performance.now() - started
    const rest = await readToEnd(stack, { table: 'slow' }, first)
    expect(first.offset).toBe('0_0')
    expect(firstMs).toBeLessThan((performance.now() - started) / 2)
    expect(rest.messages.filter(message => message.key)).toHaveLength(15_000 - first.messages.length)
  })

  test('a client that goes away in the middle of a page leaves the server in order', async () => {
    for (let n = 0; n < 20; n++) {
      const controller = new AbortController()
      const answer = await fetch(`${stack.url}/v1/shape?table=slow&offset=-1&secret=${SECRET}`, { signal: controller.signal })
      expect(answer.status).toBe(200)
      controller.abort()
    }
    expect((await readToEnd(stack, { table: 'paged' })).status).toBe(200)
  })
})

test('a reader too far behind a bounded log is sent to fetch anew, and gets everything', async () => {
  await stack.sql('CREATE TABLE chatty (id int PRIMARY KEY, v text); INSERT INTO chatty VALUES (1, NULL)')
  const before = await readToEnd(stack, { table: 'chatty' })
  for (let n = 0; n < 40; n++) await stack.sql(`UPDATE chatty SET v = repeat('${n % 10}', 2000)`)
  await expect.poll(async () => (await ask(stack, { table: 'chatty', handle: before.handle, offset: before.offset })).status).toBe(409)
  const anew = await readToEnd(stack, { table: 'chatty' })
  expect(anew.handle).not.toBe(before.handle)
  expect(anew.messages.find(message => message.key)?.value).toEqual({ id: '1', v: '9'.repeat(2000) })
})

test('a held request whose place is cut by one large transaction is told to fetch anew, and not given the rest of it', async () => {
  await stack.sql('CREATE TABLE flood (id int PRIMARY KEY, v text)')
  const before = await readToEnd(stack, { table: 'flood' })
  const held = ask(stack, { table: 'flood', handle: before.handle, offset: before.offset, live: 'true' })
  // Whether it is held already or comes later, the answer has to be the same.
  await new Promise(resolve => setTimeout(resolve, 300))
  await stack.sql(`INSERT INTO flood SELECT i, repeat('x', 200) FROM generate_series(1, 2000) i`)
  expect((await held).status).toBe(409)
})

test('an event stream sends what comes, says that it is alive, and ends', async () => {
  await stack.sql('CREATE TABLE streamed (id int PRIMARY KEY)')
  const before = await readToEnd(stack, { table: 'streamed' })
  const answer = fetch(`${stack.url}/v1/shape?${new URLSearchParams({ table: 'streamed', secret: SECRET, handle: before.handle, offset: before.offset, live: 'true', live_sse: 'true' })}`)
  const response = await answer
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  await stack.sql('INSERT INTO streamed VALUES (1)')
  const text = await response.text()
  expect(text).toContain('"key":"\\"public\\".\\"streamed\\"/\\"1\\""')
  expect(text).toContain('up-to-date')
  expect(text).toContain(': keep-alive\n\n')
})

test('an event stream whose place is cut by one large transaction ends, and does not go on in the middle of it', async () => {
  await stack.sql('CREATE TABLE torrent (id int PRIMARY KEY, v text)')
  const before = await readToEnd(stack, { table: 'torrent' })
  const place = { table: 'torrent', handle: before.handle, offset: before.offset }
  const response = await fetch(`${stack.url}/v1/shape?${new URLSearchParams({ ...place, secret: SECRET, live: 'true', live_sse: 'true' })}`)
  await stack.sql(`INSERT INTO torrent SELECT i, repeat('x', 200) FROM generate_series(1, 2000) i`)
  expect((await response.text()).replaceAll(': keep-alive\n\n', '')).toBe('')
  expect((await ask(stack, { ...place, live: 'true' })).status).toBe(409)
})

test('500 live requests on one shape are all answered by one change', async () => {
  await stack.sql('CREATE TABLE many (id int PRIMARY KEY)')
  const before = await readToEnd(stack, { table: 'many' })
  const waiting = Array.from({ length: 500 }, () => ask(stack, { table: 'many', handle: before.handle, offset: before.offset, live: 'true' }))
  await new Promise(resolve => setTimeout(resolve, 300))
  await stack.sql('INSERT INTO many VALUES (1)')
  const answers = await Promise.all(waiting)
  expect(new Set(answers.map(answer => answer.text)).size).toBe(1)
  expect(answers[0]?.messages[0]?.key).toBe('"public"."many"/"1"')
})

describe('Postgres goes away and comes back', () => {
  test('requests get 503, a held one ends as usual, and what was written first thing afterwards arrives', async () => {
    await stack.sql('CREATE TABLE lasting (id int PRIMARY KEY)')
    const before = await readToEnd(stack, { table: 'lasting' })
    const held = ask(stack, { table: 'lasting', handle: before.handle, offset: before.offset, live: 'true' })
    await new Promise(resolve => setTimeout(resolve, 50))
    await stack.stopPostgres()
    expect((await fetch(`${stack.url}/v1/health`)).status).toBe(202)
    const refused = await ask(stack, { table: 'lasting', handle: before.handle, offset: before.offset })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    expect((await held).status).toBe(200)
    await stack.startPostgres()
    await stack.sql('INSERT INTO lasting VALUES (7)')
    await expect.poll(async () => (await ask(stack, { table: 'lasting', handle: before.handle, offset: before.offset })).messages[0]?.key, { timeout: 10_000 }).toBe('"public"."lasting"/"7"')
  })
})
