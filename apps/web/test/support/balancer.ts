import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { freePort } from './child'

/** As often as a balancer that is set for quick deploys. */
const READY_EVERY_MS = 100

/**
 * Stands before replicas as an operator's balancer does: by turns to those that say they are ready, and to another one where
 * nobody listens or the connection breaks before anything was answered.
 */
export class Balancer {
  readonly origin: string
  readonly #ready = new Map<string, boolean>()
  readonly #server: Server
  readonly #asking: NodeJS.Timeout
  #next = 0

  private constructor(server: Server, origin: string) {
    this.#server = server
    this.origin = origin
    this.#asking = setInterval(() => {
      for (const replica of this.#ready.keys()) {
        void fetch(`${replica}/api/ready`, { signal: AbortSignal.timeout(1_000) }).then(answer => answer.ok, () => false).then(isReady => this.#ready.set(replica, isReady))
      }
    }, READY_EVERY_MS)
  }

  /** The replicas that it stands before. */
  set replicas(origins: readonly string[]) {
    this.#ready.clear()
    for (const origin of origins) this.#ready.set(origin, true)
  }

  static async start(): Promise<Balancer> {
    const port = await freePort()
    const server = createServer()
    const balancer = new Balancer(server, `http://127.0.0.1:${port}`)
    server.on('request', (asked, answer) => {
      const pieces: Buffer[] = []
      asked.on('data', (piece: Buffer) => pieces.push(piece))
      asked.on('end', () => balancer.#pass(asked, Buffer.concat(pieces), answer, balancer.#ready.size))
    })
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    return balancer
  }

  #pass(asked: IncomingMessage, body: Buffer, answer: ServerResponse, tries: number): void {
    const ready = [...this.#ready.keys()].filter(one => this.#ready.get(one))
    const replica = ready[this.#next++ % ready.length]
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
    clearInterval(this.#asking)
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
