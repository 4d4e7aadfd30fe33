import type { ServerResponse } from 'node:http'
import { constants, createGzip } from 'node:zlib'
import type { H3Event } from 'h3'
import { accepts } from './compress'

/** A browser that takes nothing of what was written for so long (at most twice that: Node looks in this rhythm) is gone. */
const TAKING_MS = 10_000

/** So much is copied for a browser at once: a long text is one for all who receive it, and each takes it slice by slice. */
const SLICE_CHARS = 64 * 1024

/**
 * Small windows and pieces: an encoder lives as long as its stream, and a thousand of these hold 83 MiB, of which 64 are a table that
 * Node's zlib makes whatever the window (measured). Each write is flushed, so that a line is readable when it has come.
 */
const GZIP = { level: 1, windowBits: 13, memLevel: 5, chunkSize: 4 * 1024, flush: constants.Z_SYNC_FLUSH }

/** An answer of lines that is written over time, compressed where the browser takes it. */
export class LineWriter {
  readonly #res: ServerResponse
  readonly #signal: AbortSignal
  readonly #encoder: ReturnType<typeof createGzip> | undefined

  /** Sends the head. @param signal aborted when the browser leaves */
  constructor(event: H3Event, signal: AbortSignal) {
    this.#res = event.node.res
    this.#signal = signal
    // h3 must not answer by itself when the handler returns.
    event._handled = true
    setResponseHeader(event, 'content-type', 'application/x-ndjson; charset=utf-8')
    // For proxies: hold nothing back (nginx), and do not compress what is flushed line by line.
    setResponseHeader(event, 'x-accel-buffering', 'no')
    setResponseHeader(event, 'cache-control', 'private, no-store, no-transform')
    appendResponseHeader(event, 'vary', 'accept-encoding, cookie')
    if (accepts(event, 'gzip')) {
      this.#encoder = createGzip(GZIP)
      this.#res.setHeader('content-encoding', 'gzip')
      this.#encoder.pipe(this.#res)
    }
    // What is written at the moment in which the browser leaves has nobody to fail for.
    this.#res.on('error', () => undefined)
    signal.addEventListener('abort', () => this.#encoder?.destroy(), { once: true })
    this.#res.setTimeout(TAKING_MS)
    this.#res.flushHeaders()
  }

  /** Writes lines, given in pieces. Resolves when the connection has taken them, or the browser has left. */
  async write(pieces: readonly string[]): Promise<void> {
    let short = ''
    for (const piece of pieces) {
      if (short.length + piece.length <= SLICE_CHARS) {
        short += piece
        continue
      }
      await this.#take(short)
      short = ''
      for (let at = 0; at < piece.length; at += SLICE_CHARS) await this.#take(piece.slice(at, at + SLICE_CHARS))
    }
    await this.#take(short)
  }

  async #take(text: string): Promise<void> {
    if (!text || this.#signal.aborted) return
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#signal.removeEventListener('abort', done)
        resolve()
      }
      this.#signal.addEventListener('abort', done)
      const target = this.#encoder ?? this.#res
      target.write(text, done)
    })
  }

  end(): void {
    const target = this.#encoder ?? this.#res
    target.end()
  }
}
