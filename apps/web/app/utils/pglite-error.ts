import type { EndReason, HeldReason, QueryFailure } from '#shared/protocol/leader'
import { LEASE_ENDED } from '#shared/lease/lease'
import { ANSWERS } from '#shared/protocol/answers'

/** Why the local database gave no answer; each with a sentence for a person and what to do next. */
export const PGLITE_ERRORS = {
  wrong_user: { sentence: ANSWERS.wrong_user.sentence, next: ANSWERS.wrong_user.next },
  purged: { sentence: 'The data of this account was removed from this device.', next: 'Sign in to get it again.' },
  failed: { sentence: 'The local database cannot be opened.', next: 'Reload the page; if it stays, rebuild the local copy.' },
  outdated: { sentence: 'A newer version of this app is open in another tab.', next: 'Reload this page to go on.' },
  held: { sentence: 'Another window of this browser holds the local database.', next: 'Close other windows of this site; it opens by itself as soon as it can.' },
  unreached: { sentence: 'A part of the local database could not be fetched yet.', next: 'Check the connection; it opens by itself as soon as it can.' },
  signed_out: { sentence: 'Nobody is signed in on this device.', next: 'Sign in.' },
  closed: { sentence: 'The local database was closed.', next: 'Reload the page.' },
  worker_failed: { sentence: 'The database worker did not start.', next: 'Reload the page; if it stays, tell the operator.' },
  unsupported: { sentence: 'This browser cannot hold a local database here.', next: 'Use a current browser, over https or on localhost.' },
  cancelled: { sentence: 'The question was taken back.', next: 'Ask again.' },
  lease_expired: { sentence: 'This device has been without the server for too long to show what it holds.', next: 'Connect to the server once: everything is still here, and shown again at once.' },
  lease_clock: { sentence: 'The clock of this device was set back, so that nobody can tell how long it has been without the server.', next: 'Connect to the server once, or set the clock right and reload the page: everything is still here.' },
  query_failed: { sentence: 'A query of the local database failed.', next: 'Try again; if it stays, reload the page.' },
} as const satisfies Record<EndReason | HeldReason | string, { sentence: string, next: string }>

export type PGliteErrorCode = keyof typeof PGLITE_ERRORS

/** An error of the local database. `detail` is the database's own message: for tools and logs, not for the page. */
export class PGliteError extends Error {
  readonly code: PGliteErrorCode
  readonly next: string
  readonly detail: string | undefined
  readonly sqlstate: string | undefined

  constructor(code: PGliteErrorCode, detail?: string, sqlstate?: string) {
    super(detail ? `${PGLITE_ERRORS[code].sentence} (${detail})` : PGLITE_ERRORS[code].sentence)
    this.name = 'PGliteError'
    this.code = code
    this.next = PGLITE_ERRORS[code].next
    this.detail = detail
    this.sqlstate = sqlstate
  }

  /** The sentence for a person, without the database's own words. */
  get sentence(): string {
    return PGLITE_ERRORS[this.code].sentence
  }
}

/** What the leader said in the place of rows. */
export function toldFailure({ message, sqlstate }: QueryFailure): PGliteError {
  if (sqlstate === LEASE_ENDED) return new PGliteError(message === 'clock' ? 'lease_clock' : 'lease_expired')
  return new PGliteError('query_failed', message, sqlstate)
}

/** Whether it only says why the database does not open yet. */
export const isNotYet = (error: { code: string } | undefined) => error?.code === 'held' || error?.code === 'unreached'

/** For `catch`: a question that was taken back because its page went is no fault. @throws every other error */
export function unlessCancelled(error: unknown): void {
  if (!(error instanceof PGliteError && error.code === 'cancelled')) throw error
}
