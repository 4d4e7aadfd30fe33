import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A proxy as some companies have it: it passes the head of an answer on, and the body when it is whole.
 * It can do worse.
 */
export class HoldingProxy {
  readonly origin: string
  /** Every live request, in order: `stream` or `live`. */
  readonly live: string[] = []
  /** Off, it passes everything on as it comes. */
  isHolding = true
  /** Passes nothing on any more, in either direction, and closes nothing: a network that went away. */
  isDead = false
  readonly #server: Server

  private constructor(server: Server, origin: string) {
    this.#server = server
    this.origin = origin
  }

  static async before(target: string): Promise<HoldingProxy> {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const proxy = new HoldingProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.on('request', (asked, answer) => {
      if (proxy.isDead) return
      const url = new URL(asked.url ?? '', target)
      const name = url.pathname.split('/').at(-1) ?? ''
      if (asked.method === 'POST' && url.pathname.startsWith('/api/shapes/')) proxy.live.push(name)
      const onward = request(url, { method: asked.method, headers: { ...asked.headers, host: url.host, origin: url.origin } }, (given) => {
        answer.writeHead(given.statusCode ?? 502, given.headers)
        answer.flushHeaders()
        const isHeld = proxy.isHolding
        const pieces: Buffer[] = []
        given.on('data', (piece: Buffer) => {
          if (proxy.isDead) return
          if (isHeld) pieces.push(piece)
          else answer.write(piece)
        })
        given.on('end', () => proxy.isDead || answer.end(Buffer.concat(pieces)))
        given.on('error', () => answer.destroy())
      })
      onward.on('error', () => answer.destroy())
      answer.on('close', () => onward.destroy())
      asked.pipe(onward)
    })
    return proxy
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
