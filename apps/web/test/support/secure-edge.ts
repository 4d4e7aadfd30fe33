import { request } from 'node:http'
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { certificate } from './certificate'
import type { Replicas } from './replicas'

/** Headers of one connection, which HTTP/2 has other means for and forbids (RFC 9113, 8.2.2). */
const OF_A_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'host'])

/**
 * The edge that an operator puts before the servers: TLS and HTTP/2 to the browser, plain HTTP/1.1 behind it. It shares
 * requests out, and answers 502 where no server takes one.
 */
export class SecureEdge {
  readonly #server: Http2SecureServer
  readonly #sockets = new Set<Socket>()
  #unplugged = false
  /** How many connections browsers opened, of those that spoke HTTP/2. */
  connections = 0
  port = 0

  private constructor(server: Http2SecureServer, replicas: Replicas) {
    this.#server = server
    server.on('session', () => { this.connections++ })
    server.on('connection', (socket: Socket) => {
      if (this.#unplugged) return void socket.destroy()
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => undefined)
    })
    server.on('sessionError', () => undefined)
    server.on('request', (incoming, outgoing) => void passOn(replicas, incoming, outgoing))
  }

  static async before(replicas: Replicas): Promise<SecureEdge> {
    const { key, cert } = await certificate()
    const edge = new SecureEdge(createSecureServer({ key, cert }), replicas)
    await new Promise<void>(resolve => edge.#server.listen(0, '127.0.0.1', resolve))
    edge.port = (edge.#server.address() as AddressInfo).port
    return edge
  }

  get origin(): string {
    return `https://127.0.0.1:${this.port}`
  }

  /** Cuts every connection and takes no new one, until plugged in again. */
  unplug(): void {
    this.#unplugged = true
    for (const socket of this.#sockets) socket.destroy()
  }

  plugIn(): void {
    this.#unplugged = false
  }

  async stop(): Promise<void> {
    this.unplug()
    await new Promise(resolve => this.#server.close(resolve))
  }
}

async function passOn(replicas: Replicas, incoming: Http2ServerRequest, outgoing: Http2ServerResponse): Promise<void> {
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !name.startsWith(':') && !OF_A_CONNECTION.has(name)))
  outgoing.on('error', () => undefined)
  incoming.on('error', () => undefined)
  const socket = await replicas.connect().catch(() => undefined)
  if (!socket) return void (outgoing.stream.destroyed || outgoing.writeHead(502).end())
  if (outgoing.stream.destroyed) return void socket.destroy()
  const onward = request({
    method: incoming.method, path: incoming.url, createConnection: () => socket,
    headers: { ...headers, 'host': incoming.authority, 'x-forwarded-proto': 'https', 'connection': 'close' },
  }, (answer) => {
    if (outgoing.stream.destroyed) return
    outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !OF_A_CONNECTION.has(name))))
    answer.pipe(outgoing)
    answer.on('error', () => outgoing.stream.destroy())
  })
  onward.on('error', () => outgoing.stream.destroy())
  outgoing.on('close', () => onward.destroy())
  incoming.pipe(onward)
}
