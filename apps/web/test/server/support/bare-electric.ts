import { createServer, type Server, type Socket } from 'node:net'
import { freePort } from '../../support/child'
import { until } from '../../support/wait'
import { SECRET } from './secret'

/** What it does with a request: by its number since `does` was called, and by its first line. */
type Respond = (n: number, socket: Socket, line: string) => void

/** Stands in for Electric on bare connections: it can do with a request all that a connection can do. */
export class BareElectric {
  readonly url: string
  /** First lines of the requests since `does` was called. */
  requests: string[] = []
  #respond: Respond = () => undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('data', (data) => {
        const line = data.toString().split('\r\n')[0] ?? ''
        // What a starting server asks names no table; an Electric that is well answers it.
        if (!line.includes('table=')) return probed(socket, line)
        this.requests.push(line)
        this.#respond(this.requests.length, socket, line)
      })
    })
  }

  static async start(): Promise<BareElectric> {
    const port = await freePort()
    const server = createServer()
    const electric = new BareElectric(server, `http://127.0.0.1:${port}`)
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    return electric
  }

  does(respond: Respond): void {
    this.requests = []
    this.#respond = respond
  }

  /** No connection is left from the test before. */
  async closeAll(): Promise<void> {
    for (const socket of this.#sockets) {
      // The other side has ended this one: libuv refuses to reset what is shutting down, and Node then never says that it is closed.
      if (socket.writableEnded) socket.destroy()
      else socket.resetAndDestroy()
    }
    await until('all connections are closed', () => this.#sockets.size === 0)
  }

  async stop(): Promise<void> {
    await this.closeAll()
    await new Promise(resolve => this.#server.close(resolve))
  }
}

function probed(socket: Socket, line: string): void {
  const status = line.includes('/v1/health') ? '200 OK' : line.includes(`secret=${SECRET}`) ? '400 Bad Request' : '401 Unauthorized'
  socket.write(`HTTP/1.1 ${status}\r\nelectric-server: ElectricSQL/1.7.12\r\ndate: ${new Date().toUTCString()}\r\ncontent-length: 0\r\n\r\n`)
}

/** Answers with a shape that is up to date at 0_0. */
export function shape(socket: Socket, body = '[{"headers":{"control":"snapshot-end"}}]'): void {
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: public, max-age=604800\r\naccess-control-allow-origin: *\r\netag: "h:-1:0_0"\r\nelectric-handle: h-1\r\nelectric-offset: 0_0\r\nelectric-up-to-date: \r\ncontent-length: ${body.length}\r\n\r\n${body}`)
}

/** Begins an answer and does not end it. */
export function begin(socket: Socket, status = '200 OK'): void {
  socket.write(`HTTP/1.1 ${status}\r\nelectric-handle: h-1\r\nelectric-offset: 0_0\r\ntransfer-encoding: chunked\r\n\r\n1001\r\n${'x'.repeat(4097)}\r\n`)
}

export function refuse(socket: Socket, status: string, headers = '', body = '{}'): void {
  socket.write(`HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`)
}
