import { stateTable } from '#shared/states/table'

/**
 * How the live changes of a browser come: over one stream, or by long polls where no stream gets through.
 *
 *          join             due, 2 ms               line              join
 *   idle ────────▶ settling ──────────▶ connecting ──────▶ streaming ──────▶ changing
 *    ▲                                   │ ▲  │  │            ▲                 │
 *    └────────────── nobody ─────────────┘ │  │  │ due, 5 s   │ line            │ due, 250 ms
 *                                          │  │  └────────▶ probing            │
 *                                          │  │ unfit         │ reached        ▼
 *                                          │  └─────▶ polling ◀             parting
 *                                          │             │ due, 10 min         ▲ │
 *                                          │             └─────────────────────┘ │ due, 100 ms
 *                                          └─────────────────────────────────────┘
 *   with a request: failed, refused ──▶ pausing ── due ──▶ connecting
 *   wake: from settling and pausing ──▶ connecting, from every other with a request ──▶ parting
 *
 * - `connecting`: asked, and nothing of the answer read yet.
 * - `probing`: its first line does not come. Either nobody is there or a proxy holds the answer back: something else is
 *   asked, which tells one from the other. A line that comes after all leads on to `streaming`.
 * - `changing`: a stream that does not carry all that is wanted. Its lines still count.
 * - `parting`: a request was broken off, and is still in flight at the server for a moment.
 * - `pausing`: after a failure or a refusal of the whole; grows, with full jitter.
 * - `polling`: the long poll carries all.
 */
export const STREAM_STATES = ['idle', 'settling', 'connecting', 'probing', 'streaming', 'changing', 'parting', 'pausing', 'polling', 'closed'] as const
export type StreamState = (typeof STREAM_STATES)[number]

export const STREAM_EVENTS = [
  /** Something is wanted that the stream does not carry, or it carries what is not wanted any more. */
  'join',
  /** The time of the state is over. */
  'due',
  /** The first line of the answer has come. */
  'line',
  /** The request ended without a reason, or with one that passes; nothing came for 15 s; the long poll reaches nobody. */
  'failed',
  /** The server refused the whole: signed out, another person. */
  'refused',
  /** This server or what stands before it has no stream, or it would have to carry too many shapes. */
  'unfit',
  /** The server answers something else, at once. */
  'reached',
  /** Nothing is wanted. */
  'nobody',
  /** The network came back or may have gone, or a person asks. */
  'wake',
  'close',
] as const
export type StreamEvent = (typeof STREAM_EVENTS)[number]

/** State × event. */
export const STREAM_TABLE = stateTable<StreamState, StreamEvent>(STREAM_EVENTS, {
  idle: { join: 'settling' },
  settling: { due: 'connecting', wake: 'connecting' },
  connecting: { due: 'probing', line: 'streaming', failed: 'pausing', refused: 'pausing', unfit: 'polling', nobody: 'idle', wake: 'parting' },
  probing: { line: 'streaming', failed: 'pausing', reached: 'polling', wake: 'parting' },
  streaming: { join: 'changing', failed: 'pausing', refused: 'pausing', wake: 'parting' },
  changing: { due: 'parting', failed: 'pausing', refused: 'pausing', wake: 'parting' },
  parting: { due: 'connecting' },
  pausing: { due: 'connecting', wake: 'connecting' },
  polling: { due: 'parting', failed: 'pausing', wake: 'parting' },
  closed: {},
}, { close: 'closed' })
