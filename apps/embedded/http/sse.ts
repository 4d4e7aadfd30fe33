// A live request as a stream of events (`live_sse=true`).
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import type { Engine } from '../engine.ts'
import { upToDate } from '../shapes/messages.ts'
import { type LogOffset, compareOffsets } from '../shapes/offset.ts'
import type { LogSlice } from '../shapes/log.ts'
import type { Shape } from '../shapes/shape.ts'
import type { Timing } from './timing.ts'
import { corsHeaders, dataHeaders, nextCursor } from './headers.ts'
import type { ShapeRequest } from './request.ts'
import { waitFor } from './wait.ts'

/** Sends each message as an event, until the shape is void, the client goes, or the stream has lasted long enough. */
export async function streamEvents(engine: Engine, timing: Timing, shape: Shape, request: ShapeRequest, from: LogOffset, response: ServerResponse, gone: AbortSignal): Promise<void> {
  const headers = dataHeaders({ handle: shape.handle, from, to: from, mode: 'sse', cursor: nextCursor(request.cursor), upToDate: true })
  response.writeHead(200, { ...corsHeaders('shape'), ...headers, connection: 'keep-alive' })
  response.flushHeaders()
  const until = Date.now() + timing.sseTimeoutMs
  let at = from
  // Cut while the client was slow: it comes back and is told to fetch anew.
  while (!gone.aborted && shape.state !== 'void' && !shape.log.isCut(at) && Date.now() < until) {
    const slice = shape.log.read(at)
    if (slice) {
      at = slice.to
      const tail = slice.reachesEnd ? [upToDate(engine.dispatcher.lastSeenLsn)] : []
      const text = [...messagesOf(slice), ...tail].map(message => `data: ${message}\n\n`).join('')
      if (!response.write(text)) await drained(response, gone)
      continue
    }
    const came = await waitFor(shape, () => compareOffsets(at, shape.log.end) < 0, Math.min(timing.sseKeepAliveMs, Math.max(0, until - Date.now())), gone)
    if (!came && !gone.aborted) response.write(': keep-alive\n\n')
  }
  response.end()
}

function messagesOf(slice: LogSlice): string[] {
  return readFileSync(slice.file).subarray(slice.start, slice.end).toString('utf8').split(',\n')
}

async function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      gone.removeEventListener('abort', done)
      resolve()
    }
    response.once('drain', done)
    gone.addEventListener('abort', done, { once: true })
  })
}
