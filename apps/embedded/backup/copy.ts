// COPY as streams: rows leave the server and come to it in pieces, never faster than the other side takes them.
import { once } from 'node:events'
import type pg from 'pg'

/** Pieces are gathered to this size: one message of the protocol is one row. */
const PIECE_BYTES = 64 * 1024
/** More than this waiting to be taken, and the connection is not read any further. */
const WAITING_BYTES = 1024 * 1024

/**
 * Runs a `COPY … TO STDOUT` and yields what it sends. Whoever leaves before the end must close the connection.
 * @throws what PostgreSQL says
 */
export async function* copyOut(client: pg.ClientBase, text: string): AsyncGenerator<Buffer, void> {
  const query = new CopyOut(text)
  client.query(query)
  for (;;) {
    const piece = await query.take()
    if (!piece) return
    yield piece
  }
}

/**
 * Runs a `COPY … FROM STDIN` on what `source` yields. Out: how many rows it was.
 * @throws what PostgreSQL says, or what `source` throws; then no row of it is kept
 */
export async function copyIn(client: pg.ClientBase, text: string, source: AsyncIterable<Buffer>): Promise<number> {
  const query = new CopyIn(text, source)
  client.query(query)
  return await query.done
}

/** What the driver has for COPY and its types leave out. */
interface CopyConnection extends pg.Connection {
  sendCopyFromChunk: (piece: Buffer) => void
  endCopyFrom: () => void
  sendCopyFail: (why: string) => void
}

/** What both directions share: the driver calls these while the statement is its active one. */
abstract class Copy implements pg.Submittable {
  protected connection: pg.Connection | undefined
  protected failure: Error | undefined
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  submit(connection: pg.Connection): void {
    this.connection = connection
    connection.query(this.text)
  }

  handleError(error: Error): void {
    this.failure ??= error
    this.settle()
  }

  handleReadyForQuery(): void {
    this.settle()
  }

  abstract handleCommandComplete(message: { text: string }): void
  protected abstract settle(): void
}

class CopyOut extends Copy {
  private ready: Buffer[] = []
  private waiting = 0
  private piece = Buffer.allocUnsafe(PIECE_BYTES)
  private filled = 0
  private ended = false
  private wake: () => void = () => {}

  /** The next piece, as soon as there is one; nothing after the last. */
  async take(): Promise<Buffer | undefined> {
    while (!this.ready.length && !this.ended) {
      await new Promise<void>((resolve) => { this.wake = resolve })
    }
    const next = this.ready.shift()
    if (!next && this.failure) throw this.failure
    this.waiting -= next?.length ?? 0
    if (this.waiting < WAITING_BYTES) this.connection?.stream.resume()
    return next
  }

  handleCopyData(message: { chunk: Buffer }): void {
    // The driver uses its buffer again: what is kept is copied.
    if (this.filled + message.chunk.length > PIECE_BYTES) this.flush()
    if (message.chunk.length > PIECE_BYTES) return this.offer(Buffer.from(message.chunk))
    this.filled += message.chunk.copy(this.piece, this.filled)
  }

  handleCommandComplete(): void {
    this.flush()
  }

  protected settle(): void {
    this.ended = true
    this.connection?.stream.resume()
    this.wake()
  }

  private flush(): void {
    if (this.filled === 0) return
    this.offer(this.piece.subarray(0, this.filled))
    this.piece = Buffer.allocUnsafe(PIECE_BYTES)
    this.filled = 0
  }

  private offer(piece: Buffer): void {
    this.ready.push(piece)
    this.waiting += piece.length
    if (this.waiting >= WAITING_BYTES) this.connection?.stream.pause()
    this.wake()
  }
}

class CopyIn extends Copy {
  readonly done: Promise<number>
  private readonly source: AsyncIterable<Buffer>
  private rows = 0
  private resolve: (rows: number) => void = () => {}
  private reject: (error: Error) => void = () => {}
  private readonly over = new AbortController()

  constructor(text: string, source: AsyncIterable<Buffer>) {
    super(text)
    this.source = source
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  handleCopyInResponse(connection: CopyConnection): void {
    void this.send(connection)
  }

  handleCommandComplete(message: { text: string }): void {
    this.rows = Number(message.text.split(' ')[1])
  }

  protected settle(): void {
    this.over.abort()
    if (this.failure) this.reject(this.failure)
    else this.resolve(this.rows)
  }

  private async send(connection: CopyConnection): Promise<void> {
    try {
      for await (const piece of this.source) {
        if (this.over.signal.aborted) return
        connection.sendCopyFromChunk(piece)
        if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain', { signal: this.over.signal })
      }
      if (!this.over.signal.aborted) connection.endCopyFrom()
    }
    catch (error) {
      if (this.over.signal.aborted) return
      this.failure = error instanceof Error ? error : new Error(String(error))
      connection.sendCopyFail('its source failed')
    }
  }
}
