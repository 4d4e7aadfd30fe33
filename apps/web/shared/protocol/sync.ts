import * as z from 'zod/mini'
import type { AnswerBody } from './answers'

/**
 * The sync road between the worker and our server: `GET /api/shapes/<name>?company=<id>` for snapshots and catch-up, and
 * what changes after that over `POST /api/shapes/stream`, or `POST /api/shapes/live` (long poll) where a proxy holds a stream back.
 */
export const SHAPES_PATH = '/api/shapes'
export const LIVE_PATH = '/api/shapes/live'
export const STREAM_PATH = '/api/shapes/stream'

/** What the server tells everybody of itself. It answers at once, whatever proxies do to a stream. */
export const CONFIG_PATH = '/api/config'

/** A stream says something at least so often: three times until its silence counts as a dead connection. */
export const HEARTBEAT_MS = 5_000

/** Names the user whose database asks; the server answers `wrong_user` where the session is another's. */
export const DATABASE_USER_HEADER = 'x-database-user'

/** On the first page of a snapshot: about how many rows the shape has, for progress. */
export const ROW_ESTIMATE_HEADER = 'x-shape-rows'

/** What of a shape request the browser may choose; everything else is the server's. */
export const CLIENT_PARAMETERS = ['offset', 'handle', 'cursor', 'expired_handle', 'cache-buster'] as const

/** At most this many shapes in one live request: with seven shapes a company, about 73 companies of one person. */
export const LIVE_SHAPES_LIMIT = 512

export const liveEntry = z.strictObject({
  shape: z.string().check(z.maxLength(40)),
  company: z.optional(z.uuid()),
  handle: z.string().check(z.maxLength(100)),
  offset: z.string().check(z.maxLength(60)),
  cursor: z.optional(z.string().check(z.maxLength(40))),
  expired_handle: z.optional(z.string().check(z.maxLength(100))),
})
export const liveRequest = z.array(liveEntry).check(
  z.minLength(1),
  z.maxLength(LIVE_SHAPES_LIMIT),
  // A browser has each shape once; the same one many times would make an answer of many times its size.
  z.refine(entries => new Set(entries.map(({ shape, company }) => `${shape} ${company?.toLowerCase() ?? ''}`)).size === entries.length, 'A shape is named twice.'),
)
export type LiveEntry = z.infer<typeof liveEntry>

/**
 * One line of a live answer or a stream (application/x-ndjson): what Electric answered for one shape, or an answer of
 * ours about it (then `status` is not 2xx and `body` an AnswerBody). `headers` holds the electric-* headers.
 * `body` is the last field of the line.
 *
 * In a stream, what follows for the shape goes on from the offset that a 200 names; after a passing status (503) from
 * where it was; after every other status nothing follows for it.
 */
export interface LiveBatch {
  shape: string
  company?: string
  /** The offset and handle of the entry that this answers: a late line for an older offset is told apart by them. */
  offset: string
  handle: string
  status: number
  headers: Record<string, string>
  body: unknown
}

/** A line that says only that somebody is there. `at`: the server's clock, in epoch ms. */
export interface Heartbeat {
  heartbeat: true
  at: number
}

/** The last line of a stream that the server ends for a reason: an answer about the whole of it. */
export interface StreamEnd {
  end: true
  status: number
  /** `retry-after`, where it says one. */
  headers: Record<string, string>
  body: AnswerBody
}

/** The state of one shape, of a company or of the whole, as people see it. */
export const SYNC_STATES = ['idle', 'connecting', 'syncing', 'live', 'offline', 'error', 'revoked'] as const
export type SyncState = (typeof SYNC_STATES)[number]
