import { request } from 'node:http'
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'

/** Headers of one connection, which HTTP/2 has other means for and forbids (RFC 9113, 8.2.2). */
const OF_A_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'host'])

/**
 * The edge that an operator puts before the server: TLS and HTTP/2 to the browser, plain HTTP/1.1 behind it. Its
 * certificate is its own, so the browser must be told to take any.
 */
export class SecureEdge {
  readonly #server: Http2SecureServer
  readonly #sessions = new Set<ServerHttp2Session>()
  /** How many connections browsers opened, of those that spoke HTTP/2. */
  connections = 0
  port = 0

  private constructor(server: Http2SecureServer, target: URL) {
    this.#server = server
    server.on('session', (session) => {
      this.connections++
      this.#sessions.add(session)
      session.on('close', () => this.#sessions.delete(session))
    })
    server.on('request', (incoming, outgoing) => passOn(target, incoming, outgoing))
  }

  static async before(target: string): Promise<SecureEdge> {
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], { keyType: 'ec' })
    const edge = new SecureEdge(createSecureServer({ key, cert }), new URL(target))
    await new Promise<void>(resolve => edge.#server.listen(0, '127.0.0.1', resolve))
    edge.port = (edge.#server.address() as AddressInfo).port
    return edge
  }

  get origin(): string {
    return `https://127.0.0.1:${this.port}`
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions) session.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }
}

function passOn(target: URL, incoming: Http2ServerRequest, outgoing: Http2ServerResponse): void {
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !name.startsWith(':') && !OF_A_CONNECTION.has(name)))
  const onward = request({
    host: target.hostname, port: target.port, method: incoming.method, path: incoming.url,
    headers: { ...headers, 'host': incoming.authority, 'x-forwarded-proto': 'https' },
  }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !OF_A_CONNECTION.has(name))))
    answer.pipe(outgoing)
    answer.on('error', () => outgoing.stream.destroy())
  })
  onward.on('error', () => outgoing.stream.destroy())
  outgoing.on('close', () => onward.destroy())
  incoming.pipe(onward)
}
