import { connect, type Socket } from 'node:net'

/** Bytes on a connection of their own, as no browser would send them, and what comes back. */
export class RawConnection {
  readonly socket: Socket
  #text = ''
  readonly #closed: Promise<void>
  readonly #began = performance.now()
  /** So many milliseconds after it was opened it was closed; undefined while it is open. */
  openFor: number | undefined

  constructor(origin: string, localAddress?: string) {
    const { hostname, port } = new URL(origin)
    this.socket = connect({ host: hostname, port: Number(port), localAddress })
    this.socket.on('data', (data) => { this.#text += data.toString('latin1') })
    // A reset is an end like any other: what came before it is what counts.
    this.socket.on('error', () => undefined)
    this.#closed = new Promise(resolve => this.socket.once('close', () => {
      this.openFor = performance.now() - this.#began
      resolve()
    }))
  }

  send(bytes: string): void {
    this.socket.write(Buffer.from(bytes, 'latin1'))
  }

  /** What came so far. */
  get text(): string {
    return this.#text
  }

  /** The status of each answer that came. */
  get statuses(): number[] {
    return [...this.#text.matchAll(/(?:^|[\n}>])HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
  }

  /** Resolves with all that came when the server has closed the connection. */
  async closed(): Promise<string> {
    await this.#closed
    return this.#text
  }

  leave(): void {
    this.socket.destroy()
  }
}
