import { stateTable } from '#shared/states/table'

/**
 * How edits go out.
 *
 *            work                 failed                    signed out
 *   idle ─────────▶ sending ─────────────▶ pausing    sending ────────▶ parked
 *    ▲                │ ▲                     │                            │
 *    └── nothing left ┘ └──── due, wake ──────┘      sending ◀── wake ─────┘
 *
 * - `sending`: requests are under way, or about to be.
 * - `pausing`: the server cannot be reached or asks for patience; grows, with full jitter, to a minute.
 * - `parked`: the session is over, or another person's. The edits stay; signing in wakes them.
 */
export const UPLOAD_STATES = ['idle', 'sending', 'pausing', 'parked', 'stopped'] as const
export type UploadState = (typeof UPLOAD_STATES)[number]

export const UPLOAD_EVENTS = [
  /** There is an edit that may be sent. */
  'work',
  /** There is none, and none is under way. */
  'nothing_left',
  /** A request did not come through, or brought no decision. */
  'failed',
  'signed_out',
  /** The pause is over. */
  'due',
  /** The network may be back, the server was heard, somebody signed in or asks for it. */
  'wake',
  'stop',
] as const
export type UploadEvent = (typeof UPLOAD_EVENTS)[number]

/** State × event. */
export const UPLOAD_TABLE = stateTable<UploadState, UploadEvent>(UPLOAD_EVENTS, {
  idle: { work: 'sending' },
  sending: { nothing_left: 'idle', failed: 'pausing', signed_out: 'parked' },
  pausing: { due: 'sending', wake: 'sending', signed_out: 'parked' },
  parked: { wake: 'sending' },
  stopped: {},
}, { stop: 'stopped' })
