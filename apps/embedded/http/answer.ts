// Answering a GET or HEAD for a shape.
import { createReadStream } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Engine } from '../engine.ts'
import { selectedColumns } from '../shapes/definition.ts'
import { upToDate } from '../shapes/messages.ts'
import { type LogOffset, SNAPSHOT_END, compareOffsets } from '../shapes/offset.ts'
import { schemaHeader } from '../shapes/relation.ts'
import type { Shape } from '../shapes/shape.ts'
import { Refusal, invalid, mustRefetch } from './errors.ts'
import { type DataAnswer, corsHeaders, dataHeaders, nextCursor } from './headers.ts'
import type { ShapeRequest } from './request.ts'
import { refusalOf } from './resolve.ts'
import { streamEvents } from './sse.ts'
import type { Timing } from './timing.ts'
import { waitFor } from './wait.ts'

/** A stretch of a file that is part of an answer. */
interface FilePart { file: string, start: number, end: number }
type Body = { whole: FilePart } | { log?: FilePart, tail: string }

/** Writes the answer of a resolved shape. Throws a Refusal where there is another answer to give. */
export async function answerShape(engine: Engine, timing: Timing, shape: Shape, request: ShapeRequest, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const offset = request.offset
  const gone = closedSignal(response)
  if (offset === 'now') {
    await snapshotWritten(shape, gone)
    if (gone.aborted) return
    return sendEmpty(engine, shape, request, 'now', shape.log.end, incoming, response)
  }
  const page = await pageAfter(shape, offset, gone)
  if (gone.aborted) return
  if (page !== undefined) {
    const answer: DataAnswer = { ...base(shape, request), from: offset, to: { lsn: 0, op: page }, upToDate: false }
    return send(answer, { whole: { file: shape.pageFile(page), start: 0, end: shape.pageBytes(page) } }, incoming, response)
  }
  await inBounds(shape, offset, timing.offsetPastEndMs, gone)
  if (gone.aborted) return
  if (request.sse) return streamEvents(engine, timing, shape, request, offset, response, gone)
  if (request.live && compareOffsets(offset, shape.log.end) >= 0) {
    const came = await waitFor(shape, () => compareOffsets(offset, shape.log.end) < 0, timing.longPollMs, gone)
    if (gone.aborted) return
    if (!came) return sendEmpty(engine, shape, request, offset, offset, incoming, response)
  }
  // Cut while this request waited: the log would go on in the middle of what it has not seen.
  if (shape.state === 'void' || shape.log.isCut(offset)) throw new Refusal(mustRefetch())
  const slice = shape.log.read(offset)
  const to = slice?.to ?? (compareOffsets(offset, SNAPSHOT_END) < 0 ? SNAPSHOT_END : offset)
  const complete = !slice || slice.reachesEnd
  const answer: DataAnswer = { ...base(shape, request), from: offset, to, upToDate: complete }
  return send(answer, { ...(slice ? { log: slice } : {}), tail: complete ? upToDate(engine.dispatcher.lastSeenLsn) : '' }, incoming, response)
}

function base(shape: Shape, request: ShapeRequest): Pick<DataAnswer, 'handle' | 'mode' | 'schema' | 'cursor'> {
  return {
    handle: shape.handle,
    mode: request.live ? 'live' : 'plain',
    schema: schemaHeader(selectedColumns(shape.relation, shape.definition)),
    ...(request.live ? { cursor: nextCursor(request.cursor) } : {}),
  }
}

/** The snapshot page that follows an offset, once it is written; nothing when the log follows, or the client has gone. */
async function pageAfter(shape: Shape, offset: LogOffset, gone: AbortSignal): Promise<number | undefined> {
  if (offset.lsn > 0 || offset.op === Number.POSITIVE_INFINITY) {
    await snapshotWritten(shape, gone)
    return undefined
  }
  const page = offset.lsn < 0 ? 0 : offset.op + 1
  await waitFor(shape, () => shape.pages > page || shape.state === 'live', undefined, gone)
  failIfVoid(shape)
  return shape.pages > page ? page : undefined
}

async function snapshotWritten(shape: Shape, gone: AbortSignal): Promise<void> {
  await waitFor(shape, () => shape.state === 'live', undefined, gone)
  failIfVoid(shape)
}

function failIfVoid(shape: Shape): void {
  if (shape.state !== 'void') return
  if (shape.failure === undefined) throw new Refusal(mustRefetch())
  throw refusalOf(shape.failure)
}

async function inBounds(shape: Shape, offset: LogOffset, timeoutMs: number, gone: AbortSignal): Promise<void> {
  if (await waitFor(shape, () => compareOffsets(offset, maxOffset(shape)) <= 0, timeoutMs, gone)) return
  failIfVoid(shape)
  if (gone.aborted) return
  throw new Refusal(invalid({ offset: ['out of bounds for this shape'] }))
}

function maxOffset(shape: Shape): LogOffset {
  return compareOffsets(shape.log.end, SNAPSHOT_END) > 0 ? shape.log.end : SNAPSHOT_END
}

/** An up-to-date message alone, its length known. */
function sendEmpty(engine: Engine, shape: Shape, request: ShapeRequest, from: LogOffset | 'now', to: LogOffset, incoming: IncomingMessage, response: ServerResponse): void {
  const body = `[${upToDate(engine.dispatcher.lastSeenLsn)}]`
  const headers = dataHeaders({ ...base(shape, request), from, to, upToDate: true, empty: true })
  response.writeHead(200, { 'content-length': Buffer.byteLength(body), ...corsHeaders('shape', incoming.headers.origin), ...headers })
  response.end(incoming.method === 'HEAD' ? undefined : body)
}

async function send(answer: DataAnswer, body: Body, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const headers = dataHeaders(answer)
  const cors = corsHeaders('shape', incoming.headers.origin)
  if (incoming.headers['if-none-match'] === headers['etag']) {
    const { 'electric-schema': _, ...kept } = headers
    response.writeHead(304, { ...cors, ...kept })
    response.end()
    return
  }
  response.writeHead(200, { ...cors, ...headers })
  if (incoming.method === 'HEAD') {
    response.end()
    return
  }
  if ('whole' in body) return await pipe(body.whole, response, true)
  response.write('[')
  if (body.log) {
    await pipe(body.log, response, false)
    if (body.tail) response.write(',')
  }
  response.end(`${body.tail}]`)
}

async function pipe(part: FilePart, response: ServerResponse, end: boolean): Promise<void> {
  const stream = createReadStream(part.file, { start: part.start, end: part.end - 1, highWaterMark: 256 * 1024 })
  await pipeline(stream, response, { end })
}

/** Aborts when the client goes away before its answer. */
function closedSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  // It may have gone while its shape was looked for, and `close` is said once.
  if (response.destroyed) controller.abort()
  else response.once('close', () => controller.abort())
  return controller.signal
}
