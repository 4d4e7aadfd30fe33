import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http'
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
  /** Which requests are answered as Electric answers while it has not heard of a change yet: nothing happened. */
  lags: ((url: URL) => boolean) | undefined
  /** How many were. */
  lagged = 0
  /** Which requests are not answered at all. */
  swallows: ((url: URL) => boolean) | undefined
  /** What becomes of a request's path, and of an answer's headers, on the way through. */
  alter: { path?: (path: string) => string, headers?: (headers: IncomingHttpHeaders) => IncomingHttpHeaders } = {}
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
      const url = new URL(relay.alter.path?.(asked.url ?? '') ?? asked.url ?? '', target)
      relay.seen.push(url)
      if (relay.refuse?.(url)) return void answer.writeHead(503, { 'retry-after': '1' }).end()
      if (relay.lags?.(url)) {
        relay.lagged++
        const { offset = '', handle = '' } = Object.fromEntries(url.searchParams)
        return void answer.writeHead(200, { 'content-type': 'application/json', 'electric-offset': offset, 'electric-handle': handle, 'electric-up-to-date': '' }).end('[{"headers":{"control":"up-to-date"}}]')
      }
      if (relay.translate && url.pathname === '/v1/shape' && !relay.translate(url)) return void answer.writeHead(401).end()
      relay.open.add(url)
      if (relay.swallows?.(url)) return void answer.on('close', () => relay.open.delete(url))
      const onward = request(url, { headers: { ...asked.headers, host: url.host } }, (given) => {
        answer.writeHead(given.statusCode ?? 502, relay.alter.headers?.(given.headers) ?? given.headers)
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
