import { once } from 'node:events'
import { Readable, type Transform } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'
import type { H3Event } from 'h3'

/** Below this a body travels in one packet either way. */
const WORTH_COMPRESSING = 1024

/**
 * The lowest qualities, by measurement: on a snapshot page of 10 MB brotli 1 makes 7.0 % in 10 ms, gzip 1 makes 7.6 % in
 * 25 ms; brotli 4 takes four times as long for 6.6 %, and on a fast line the page would wait for it.
 */
const ENCODERS: readonly { name: string, stream: () => Transform }[] = [
  { name: 'br', stream: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }) },
  { name: 'gzip', stream: () => createGzip({ level: 1 }) },
]

/**
 * Sends a body as it comes, compressed where the browser takes it and it is worth it. Never holds the whole body: what
 * the browser does not take yet is not asked for, and when it goes away the source ends too. Streams are joined as they
 * are: a generator between them costs half of the throughput (10 MB pages: 77 to 130 MiB/s with one, 280 without).
 */
export async function sendCompressed(event: H3Event, body: Readable | Uint8Array[]): Promise<void> {
  const { res } = event.node
  // h3 must not answer by itself when the handler returns.
  event._handled = true
  appendResponseHeader(event, 'vary', 'accept-encoding, cookie')
  const source = Array.isArray(body) ? Readable.from([Buffer.concat(body)]) : body
  try {
    const { start, ended } = await readStart(source)
    if (ended) {
      res.end(start)
      return
    }
    source.unshift(start)
    // The best that the browser takes.
    const encoder = ENCODERS.find(({ name }) => accepts(event, name))
    if (encoder) res.setHeader('content-encoding', encoder.name)
    await (encoder ? pipeline(source, encoder.stream(), res) : pipeline(source, res))
  }
  catch {
    // The browser left, or Electric broke off: a connection that ends early is what tells the browser.
    res.destroy()
  }
  finally {
    source.destroy()
  }
}

/** Takes from the source what decides whether it is worth compressing. What is taken goes back before anyone else reads. */
async function readStart(source: Readable): Promise<{ start: Buffer, ended: boolean }> {
  const chunks: Buffer[] = []
  let [size, ended] = [0, false]
  const listeners = new AbortController()
  const over = finished(source, { writable: false, signal: listeners.signal }).then(() => { ended = true })
  over.catch(() => undefined)
  try {
    while (size < WORTH_COMPRESSING) {
      const chunk = source.read() as Buffer | null
      if (chunk !== null) {
        chunks.push(chunk)
        size += chunk.length
      }
      else if (ended) break
      else await Promise.race([once(source, 'readable', { signal: listeners.signal }), over])
    }
  }
  finally {
    listeners.abort()
  }
  return { start: Buffer.concat(chunks), ended: size < WORTH_COMPRESSING }
}

/** Whether the browser takes an encoding; `;q=0` says that it does not. */
export function accepts(event: H3Event, encoding: string): boolean {
  const names = (getRequestHeader(event, 'accept-encoding') ?? '').split(',').filter(one => !/;\s*q=0(?:\.0*)?\s*$/.test(one))
  return names.some(one => one.split(';')[0]?.trim() === encoding)
}
