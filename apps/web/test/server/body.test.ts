import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../support/wait'
import { App } from './support/app'

let app: App
beforeAll(async () => { app = await App.start() })
afterAll(async () => { await app.stop() })

const PART = Buffer.alloc(64 * 1024, ' ')
const TOO_LONG = 5 * PART.length

/** Begins a request as a browser would, on a connection of its own, so that what happens to it can be seen. */
function begin(header: string): { socket: Socket, read: () => string, send: (part: Buffer) => Promise<void> } {
  const { host, hostname, port, origin } = new URL(app.origin)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (data) => { text += data.toString() })
  socket.on('error', (error) => { text += `\n${error.message}` })
  socket.write(`POST /api/auth/sign-in HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\ncontent-type: application/json\r\n${header}\r\n\r\n`)
  return {
    socket,
    read: () => text,
    send: part => new Promise((resolve) => { socket.write(part, () => resolve()) }),
  }
}

const chunk = (part: Buffer) => Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')])

test.each([
  ['of a length that it names', `content-length: ${TOO_LONG}`, (part: Buffer) => part, Buffer.alloc(0)],
  ['in chunks of which nobody knows how many come', 'transfer-encoding: chunked', chunk, Buffer.from('0\r\n\r\n')],
])('a body that is too long, %s, is answered with 413 in JSON, and then the connection is closed', async (_, header, framed, last) => {
  const { socket, read, send } = begin(header)
  for (let sent = 0; sent < TOO_LONG; sent += PART.length) await send(framed(PART))
  await send(last)
  // Nothing more comes, so the server does not wait for more.
  await until('the connection is closed', () => socket.destroyed, { deadline: 1_500 })
  const [head = '', body = ''] = read().split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1\.1 413 /)
  expect(head.toLowerCase()).toContain('connection: close')
  expect(JSON.parse(body)).toMatchObject({ code: 'too_large', message: expect.any(String), next: expect.any(String) })
})

test('a body that never ends is answered while it comes, and cut off soon after', async () => {
  const { socket, read, send } = begin('transfer-encoding: chunked')
  const closed = new Promise(resolve => socket.once('close', resolve))
  let answeredAfter = 0
  for (let sent = 0; !socket.destroyed; sent += PART.length) {
    await Promise.race([send(chunk(PART)), closed])
    // Slower than the line: what is asked is whether the server goes on listening.
    await new Promise(resolve => setTimeout(resolve, 20))
    if (answeredAfter === 0 && read().includes('"too_large"')) answeredAfter = sent
  }
  expect(answeredAfter).toBeGreaterThan(0)
  expect(read()).toMatch(/^HTTP\/1\.1 413 /)
}, 15_000)

test('a browser that sends more than the server takes reads the answer with fetch, with and without a length', async () => {
  const headers = { 'origin': app.origin, 'content-type': 'application/json' }
  const parts = Array.from({ length: 40 }, () => new Uint8Array(PART))
  const streamed = new ReadableStream({
    pull(controller) {
      const part = parts.pop()
      if (part) controller.enqueue(part)
      else controller.close()
    },
  })
  for (const body of ['x'.repeat(4_000_000), streamed]) {
    const response = await fetch(`${app.origin}/api/auth/sign-in`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
    expect([response.status, await response.json()]).toMatchObject([413, { code: 'too_large' }])
  }
})
