import { createServer, request, type Server } from 'node:http'
import { freePort } from '../../support/child'

/** Stands between a server and Electric, passes everything on, and knows what is open. */
export class Relay {
  readonly #server: Server
  readonly url: string
  /** Every request that came, in order. */
  readonly seen: URL[] = []
  /** Those that are being held. */
  readonly open = new Set<URL>()
  /** Which requests are answered with 503 instead of being passed on. */
  refuse: ((url: URL) => boolean) | undefined
  /** Changes the address of a request before it is passed on; false: it is answered with 401. */
  translate: ((url: URL) => boolean) | undefined
  /** Those whose asker left before the answer. */
  readonly left: URL[] = []

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  static async start(target: string): Promise<Relay> {
    const port = await freePort()
    const server = createServer()
    const relay = new Relay(server, `http://127.0.0.1:${port}`)
    server.on('request', (asked, answer) => {
      const url = new URL(asked.url ?? '', target)
      relay.seen.push(url)
      if (relay.refuse?.(url)) return void answer.writeHead(503, { 'retry-after': '1' }).end()
      if (relay.translate && url.pathname === '/v1/shape' && !relay.translate(url)) return void answer.writeHead(401).end()
      relay.open.add(url)
      const onward = request(url, { headers: { ...asked.headers, host: url.host } }, (given) => {
        answer.writeHead(given.statusCode ?? 502, given.headers)
        given.pipe(answer)
      })
      onward.on('error', () => answer.destroy())
      answer.on('close', () => {
        relay.open.delete(url)
        if (!answer.writableFinished) relay.left.push(url)
        onward.destroy()
      })
      onward.end()
    })
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    return relay
  }

  /** Long polls that are being held. */
  get held(): URL[] {
    return [...this.open].filter(url => url.searchParams.get('live') === 'true')
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
