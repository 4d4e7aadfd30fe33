import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { freePort } from './child'

/**
 * Stands before replicas as an operator's balancer does: by turns, and to another one where nobody listens or the
 * connection breaks before anything was answered. It knows of no health.
 */
export class Balancer {
  readonly origin: string
  replicas: string[] = []
  readonly #server: Server
  #next = 0

  private constructor(server: Server, origin: string) {
    this.#server = server
    this.origin = origin
  }

  static async start(): Promise<Balancer> {
    const port = await freePort()
    const server = createServer()
    const balancer = new Balancer(server, `http://127.0.0.1:${port}`)
    server.on('request', (asked, answer) => {
      const pieces: Buffer[] = []
      asked.on('data', (piece: Buffer) => pieces.push(piece))
      asked.on('end', () => balancer.#pass(asked, Buffer.concat(pieces), answer, balancer.replicas.length))
    })
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    return balancer
  }

  #pass(asked: IncomingMessage, body: Buffer, answer: ServerResponse, tries: number): void {
    const replica = this.replicas[this.#next++ % this.replicas.length]
    if (tries === 0 || !replica) return void answer.writeHead(502).end()
    const onward = request(new URL(asked.url ?? '/', replica), { method: asked.method, headers: { ...asked.headers, host: new URL(this.origin).host }, agent: false }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers)
      answer.flushHeaders()
      given.pipe(answer)
      given.on('error', () => answer.destroy())
      given.on('close', () => given.complete || answer.destroy())
    })
    onward.on('error', () => answer.headersSent || answer.destroyed ? answer.destroy() : this.#pass(asked, body, answer, tries - 1))
    answer.on('close', () => onward.destroy())
    onward.end(body)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
