import * as z from 'zod/mini'

/** The sync road between the worker and our server: `GET /api/shapes/<name>?company=<id>` and `POST /api/shapes/live`. */
export const SHAPES_PATH = '/api/shapes'
export const LIVE_PATH = '/api/shapes/live'

/** Names the user whose database asks; the server answers `wrong_user` where the session is another's. */
export const DATABASE_USER_HEADER = 'x-database-user'

/** On the first page of a snapshot: about how many rows the shape has, for progress. */
export const ROW_ESTIMATE_HEADER = 'x-shape-rows'

/** What of a shape request the browser may choose; everything else is the server's. */
export const CLIENT_PARAMETERS = ['offset', 'handle', 'cursor', 'expired_handle', 'cache-buster'] as const

/** At most this many shapes in one live request: 14 companies' worth for one person. */
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
 * One line of the live answer (application/x-ndjson): what Electric answered for one shape, or an answer of ours
 * about it (then `status` is not 2xx and `body` an AnswerBody). `headers` holds the electric-* headers.
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

/** The state of one shape, of a company or of the whole, as people see it. */
export const SYNC_STATES = ['idle', 'connecting', 'syncing', 'live', 'offline', 'error', 'revoked'] as const
export type SyncState = (typeof SYNC_STATES)[number]
