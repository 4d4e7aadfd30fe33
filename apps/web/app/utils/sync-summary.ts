import type { SyncStatusRow } from '#shared/protocol/leader'
import type { SyncState } from '#shared/protocol/sync'
import { ANSWERS, type AnswerCode } from '#shared/protocol/answers'
import { STORAGE_FULL } from '#shared/protocol/storage'
import type { PGliteStatus } from './pglite-client'
import { isLeaseEnd } from './lease-end'
import { isNotYet, PGLITE_ERRORS, type PGliteError, type PGliteErrorCode } from './pglite-error'

/** How far a first sync is: rows held, and about how many there will be (undefined while unknown). */
export interface SyncProgress { shape: string, rows: number, estimate: number | undefined, perSecond?: number | undefined }

/** What stands in the way: a code to decide by, a sentence for a person, what to do next. */
export interface SyncError { code: string, message: string, next: string }

export interface SyncSummary {
  status: SyncState
  progress: SyncProgress | undefined
  lastSyncedAt: Date | undefined
  /** Since when the server cannot be used; undefined where it can. */
  offlineSince: Date | undefined
  /** Whether every shape was up to date at least once: what is not here then does not exist. */
  complete: boolean
  error: SyncError | undefined
}

/** The most telling state first: one shape in it is enough for the whole to be in it. */
const LOUDEST: readonly SyncState[] = ['error', 'offline', 'syncing', 'connecting', 'live']

export interface LocalState { status: PGliteStatus | 'none', error: PGliteError | undefined }

/** Many shapes' states as one: the whole is as far as its furthest behind. */
export function summarize(shapes: readonly SyncStatusRow[], local: LocalState): SyncSummary {
  // Time alone mends it, and what was heard of the shapes before stays true.
  if (local.error && isNotYet(local.error)) return { ...summarize(shapes, { ...local, error: undefined }), status: 'connecting', error: localError(local.error) }
  const nothing = { complete: false, progress: undefined, lastSyncedAt: undefined, offlineSince: undefined, error: undefined }
  if (local.error && isLeaseEnd(local.error)) return { ...nothing, status: 'offline', error: localError(local.error) }
  if (local.error) return { ...nothing, status: 'error', error: localError(local.error) }
  if (local.status === 'none' || local.status === 'closed') return { ...nothing, status: 'idle' }
  const held = shapes.filter(shape => shape.state !== 'revoked')
  if (held.length === 0) return { ...nothing, status: shapes.length > 0 ? 'revoked' : 'connecting' }
  // What is not kept on this device does not make the rest of it less up to date.
  const status = LOUDEST.find(state => held.some(shape => shape.state === state)) ?? (held.every(shape => shape.state === 'idle') ? 'idle' : 'connecting')
  const failing = held.find(shape => shape.state === status && shape.error_code !== null)
  return {
    status,
    complete: held.every(shape => shape.complete),
    progress: progressOf(held),
    lastSyncedAt: earliest(held.filter(shape => shape.state !== 'idle').map(shape => shape.last_synced_at)),
    offlineSince: held.find(shape => shape.offline_since !== null)?.offline_since ?? undefined,
    error: failing && shapeError(failing),
  }
}

/** Whether nothing of the server is reached: one that answers with an error may still do what it is asked. */
export const isUnreached = (shapes: readonly SyncStatusRow[]): boolean =>
  shapes.some(({ state, error_code: code }) => state === 'offline' && (code === null || code === 'network'))

function progressOf(shapes: readonly SyncStatusRow[]): SyncProgress | undefined {
  const size = (shape: SyncStatusRow) => Math.max(shape.row_estimate ?? 0, shape.row_count)
  const [largest] = shapes.filter(shape => !shape.complete && shape.state !== 'idle').sort((a, b) => size(b) - size(a))
  if (!largest) return undefined
  return { shape: largest.shape, rows: largest.row_count, estimate: largest.row_estimate ?? undefined, perSecond: largest.rows_per_second ?? undefined }
}

/** Everything shown is at least as fresh as this; undefined while one shape was never up to date. */
function earliest(moments: readonly (Date | null)[]): Date | undefined {
  const times = moments.map(moment => moment?.getTime())
  return times.length === 0 || times.includes(undefined) ? undefined : new Date(Math.min(...times as number[]))
}

function shapeError(shape: SyncStatusRow): SyncError {
  const code = shape.error_code ?? 'internal'
  if (code === STORAGE_FULL.code) return { code, message: STORAGE_FULL.sentence, next: STORAGE_FULL.next }
  const known = code in ANSWERS ? ANSWERS[code as AnswerCode] : undefined
  return {
    code,
    // The worker's code for an answer that is none of ours.
    message: known?.sentence ?? (code === 'network' ? 'The server does not hand this out now.' : 'Some changes could not be taken over.'),
    next: known?.next ?? 'It is tried again by itself; you can also try now.',
  }
}

function localError(error: PGliteError): SyncError {
  const { sentence, next } = PGLITE_ERRORS[error.code satisfies PGliteErrorCode]
  return { code: error.code, message: sentence, next }
}
