import { connect, type Socket } from 'node:net'

/** How long a server that took no connection is left out: a balancer's check of its health is no quicker. */
const LEFT_OUT_MS = 500

/**
 * The servers behind an edge, on ports of this machine. Each request goes to the next one in turn, so that hardly two of one
 * browser meet the same server; one that takes no connection is left out for a moment, and the request goes to another.
 */
export class Replicas {
  readonly #ports: readonly number[]
  readonly #leftOut = new Map<number, number>()
  #turn = 0

  constructor(ports: readonly number[]) {
    this.#ports = ports
  }

  /** Of the server at one address. */
  static at(origin: string): Replicas {
    return new Replicas([Number(new URL(origin).port)])
  }

  /** Each one's own address, past the edge. */
  get origins(): string[] {
    return this.#ports.map(port => `http://127.0.0.1:${port}`)
  }

  /** A new connection to the next server that takes one; rejects where none does. */
  async connect(): Promise<Socket> {
    const at = this.#turn++ % this.#ports.length
    const inTurn = [...this.#ports.slice(at), ...this.#ports.slice(0, at)]
    const wanted = [...inTurn.filter(port => !this.#isLeftOut(port)), ...inTurn.filter(port => this.#isLeftOut(port))]
    let failure: unknown
    for (const port of wanted) {
      try {
        const socket = await connected(port)
        this.#leftOut.delete(port)
        return socket
      }
      catch (error) {
        failure = error
        this.#leftOut.set(port, performance.now())
      }
    }
    throw failure
  }

  #isLeftOut(port: number): boolean {
    const since = this.#leftOut.get(port)
    return since !== undefined && performance.now() - since < LEFT_OUT_MS
  }
}

const connected = (port: number) => new Promise<Socket>((resolve, reject) => {
  const socket = connect({ host: '127.0.0.1', port })
  socket.once('error', reject)
  socket.once('connect', () => {
    socket.off('error', reject)
    resolve(socket)
  })
})
