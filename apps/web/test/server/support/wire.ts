import { connect, createServer, type Server, type Socket } from 'node:net'
import { freePort } from '../../support/child'

/** A port on this machine behind which a database is, or is not: what a network makes of it. */
export class Wire {
  readonly port: number
  #server: Server | undefined
  readonly #sockets = new Set<Socket>()

  private constructor(port: number) {
    this.port = port
  }

  /** A port that nobody listens on yet. */
  static async cut(): Promise<Wire> {
    return new Wire(await freePort())
  }

  /** The same address, through here. */
  through(address: string): string {
    const url = new URL(address)
    url.hostname = '127.0.0.1'
    url.port = String(this.port)
    return url.pathname === '/' ? url.origin : url.href
  }

  /** Joins it to where an address leads. */
  async join(address: string): Promise<void> {
    const { hostname, port } = new URL(address)
    await this.#listen((socket) => {
      const onward = this.#kept(connect(Number(port), hostname))
      socket.pipe(onward).pipe(socket)
      socket.on('close', () => onward.destroy())
      onward.on('close', () => socket.destroy())
    })
  }

  /** Takes connections and never says a word. */
  async swallow(): Promise<void> {
    await this.#listen(socket => socket.resume())
  }

  async cutOff(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    const closed = new Promise(resolve => server ? server.close(resolve) : resolve(undefined))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #listen(take: (socket: Socket) => void): Promise<void> {
    const server = createServer(socket => take(this.#kept(socket)))
    this.#server = server
    await new Promise<void>(resolve => server.listen(this.port, '127.0.0.1', resolve))
  }

  #kept(socket: Socket): Socket {
    this.#sockets.add(socket)
    return socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
  }
}
