// The headers that Electric 1.7.12 sends, each written once.
import type { LogOffset } from '../shapes/offset.ts'
import { formatOffset } from '../shapes/offset.ts'

export const SERVER_NAME = 'ElectricSQL/1.7.12'
const EXPOSED = 'electric-cursor,electric-handle,electric-has-data,electric-offset,electric-schema,electric-up-to-date,electric-internal-known-error,retry-after'
const SHAPE_METHODS = 'GET, POST, HEAD, DELETE, OPTIONS'

const CACHE = {
  first: 'public, max-age=604800, s-maxage=3600, stale-while-revalidate=2629746',
  later: 'public, max-age=60, stale-while-revalidate=300',
  live: 'public, max-age=5, stale-while-revalidate=5',
  sse: 'public, max-age=59',
}

/** CORS headers of an answer. */
export function corsHeaders(kind: 'shape' | 'other', origin = '*'): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
    'access-control-allow-methods': kind === 'shape' ? SHAPE_METHODS : 'GET, HEAD',
  }
}

export interface DataAnswer {
  handle: string
  from: LogOffset | 'now'
  to: LogOffset
  mode: 'plain' | 'live' | 'sse'
  /** JSON of the columns; sent on answers that are not live. */
  schema?: string
  cursor?: number
  upToDate: boolean
  /** Nothing new: the answer is an up-to-date message alone, and its etag must not equal the next one's. */
  empty?: boolean
}

/** Headers of an answer with data. */
export function dataHeaders(answer: DataAnswer): Record<string, string> {
  const first = answer.from !== 'now' && answer.from.lsn < 0
  const cache = answer.mode === 'plain' ? (first ? CACHE.first : CACHE.later) : CACHE[answer.mode]
  return {
    'vary': 'accept-encoding',
    'cache-control': cache,
    'content-type': answer.mode === 'sse' ? 'text/event-stream' : 'application/json; charset=utf-8',
    ...(answer.cursor === undefined ? {} : { 'electric-cursor': String(answer.cursor) }),
    'etag': etagOf(answer),
    'electric-handle': answer.handle,
    ...(answer.mode === 'plain' && answer.schema ? { 'electric-schema': answer.schema } : {}),
    ...(answer.upToDate ? { 'electric-up-to-date': '' } : {}),
    'electric-has-data': String(!answer.empty),
    'electric-offset': formatOffset(answer.to),
  }
}

export function etagOf({ handle, from, to, empty }: Pick<DataAnswer, 'handle' | 'from' | 'to' | 'empty'>): string {
  const start = from === 'now' ? 'now' : formatOffset(from)
  return `"${handle}:${start}:${formatOffset(to)}${empty ? `:-${process.hrtime.bigint()}` : ''}"`
}

// Clients at the same offset get the same cursor within an interval, so that a cache may answer all of them.
const CURSOR_EPOCH_MS = Date.UTC(2024, 9, 9)
const CURSOR_INTERVAL_S = 20

/** The cursor of a live answer: the end of this interval, moved on at random where the client had it already. */
export function nextCursor(previous: number | undefined): number {
  const seconds = (Date.now() - CURSOR_EPOCH_MS) / 1000
  const interval = Math.ceil(seconds / CURSOR_INTERVAL_S) * CURSOR_INTERVAL_S
  return previous !== undefined && previous >= interval ? previous + 1 + Math.floor(Math.random() * 3_600) : interval
}
