import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'
import type { H3Event } from 'h3'

/**
 * Sends a body as it comes, compressed where the browser takes it. A reader that goes away ends the source too.
 * The body is not held in memory: what the browser does not take yet, is not asked for.
 */
export async function sendCompressed(event: H3Event, body: globalThis.ReadableStream<Uint8Array> | Buffer | null): Promise<void> {
  const { res } = event.node
  event._handled = true
  appendVary(event)
  if (body === null) {
    res.end()
    return
  }
  if (Buffer.isBuffer(body) && body.length < WORTH_COMPRESSING) {
    res.end(body)
    return
  }
  const source = Buffer.isBuffer(body) ? Readable.from([body]) : Readable.fromWeb(body as ReadableStream<Uint8Array>)
  const encoder = encoderFor(getRequestHeader(event, 'accept-encoding') ?? '')
  if (encoder) res.setHeader('content-encoding', encoder.name)
  try {
    await (encoder ? pipeline(source, encoder.stream(), res) : pipeline(source, res))
  }
  catch {
    // The browser left, or Electric broke off: a connection that ends early is what tells the browser.
    res.destroy()
  }
}

const WORTH_COMPRESSING = 1024

function appendVary(event: H3Event) {
  appendResponseHeader(event, 'vary', 'accept-encoding, cookie')
}

const ENCODERS = [
  { name: 'gzip', stream: () => createGzip({ level: 1 }) },
  { name: 'br', stream: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }) },
]

function encoderFor(accepted: string) {
  const names = accepted.split(',').map(one => one.trim()).filter(one => !/;\s*q=0(\.0*)?$/.test(one)).map(one => one.split(';')[0])
  return ENCODERS.find(({ name }) => names.includes(name))
}
