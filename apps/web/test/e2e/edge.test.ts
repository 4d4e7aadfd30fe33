import { createServer } from 'node:http'
import { connect, type ClientHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Replicas } from '../support/replicas'
import { SecureEdge } from '../support/secure-edge'

/** A server that answers with its own name, and ends on request; back on its port by `again`. */
async function named(name: string) {
  const server = createServer((_, answer) => answer.end(name))
  const listen = (port: number) => new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const { port } = server.address() as AddressInfo
  const end = () => new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
  onTestFinished(async () => { if (server.listening) await end() })
  return { port, end, again: () => listen(port) }
}

const ask = (session: ClientHttp2Session) => new Promise<string>((resolve, reject) => {
  const stream = session.request({ ':path': '/' })
  let [status, body] = [0, '']
  stream.on('response', (headers) => { status = headers[':status'] ?? 0 })
  stream.on('data', (piece: Buffer) => { body += piece.toString() })
  stream.on('end', () => resolve(`${status} ${body}`.trim()))
  stream.on('error', reject)
})

// The edge is a part of what the scenes stand on: one that asks a dead server again and again would fail them at random.
test('requests of one connection are shared out; a server that is gone is left out, and asked again when it is back; with none it is 502', async () => {
  const [one, two] = [await named('one'), await named('two')]
  const edge = await SecureEdge.before(new Replicas([one.port, two.port]))
  const session = connect(edge.origin, { rejectUnauthorized: false })
  onTestFinished(async () => {
    session.destroy()
    await edge.stop()
  })
  const few = async () => [await ask(session), await ask(session), await ask(session), await ask(session)].toSorted()
  expect(await few()).toEqual(['200 one', '200 one', '200 two', '200 two'])
  await two.end()
  expect(await few()).toEqual(['200 one', '200 one', '200 one', '200 one'])
  await one.end()
  expect(await few()).toEqual(['502', '502', '502', '502'])
  await two.again()
  expect(await few()).toEqual(['200 two', '200 two', '200 two', '200 two'])
  await one.again()
  await expect.poll(few).toEqual(['200 one', '200 one', '200 two', '200 two'])
  expect(edge.connections).toBe(1)
})
