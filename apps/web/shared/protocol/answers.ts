/**
 * Every answer of ours that is not plain success: code, HTTP status, a sentence for a person, and what to do next.
 * The code is the contract; nobody decides by the sentence.
 */
export const ANSWERS = {
  sign_in: { status: 401, sentence: 'You are signed out.', next: 'Sign in again: what is on this device is kept, and sync goes on.' },
  wrong_password: { status: 401, sentence: 'E-mail and password do not match.', next: 'Check both and try again.' },
  membership_ended: { status: 403, sentence: 'You are no longer a member of this company.', next: 'Ask an owner of the company if this is a surprise.' },
  role_changed: { status: 403, sentence: 'Your role in this company no longer allows this.', next: 'Ask an owner or admin of the company.' },
  sign_up_closed: { status: 403, sentence: 'New accounts cannot be made here.', next: 'Ask someone in your company for an invite.' },
  invite_for_another: { status: 403, sentence: 'This invite is for another e-mail address.', next: 'Sign in with the address that was invited, or ask for a new invite.' },
  foreign_origin: { status: 403, sentence: 'This request came from another site.', next: 'Open the app at its own address and try again.' },
  request_too_slow: { status: 408, sentence: 'The request came too slowly to be waited for.', next: 'Try again; where the line is slow, send less at a time.' },
  not_found: { status: 404, sentence: 'What was asked for is not here.', next: 'Look again from where you came: it may have another place now.' },
  unknown_shape: { status: 404, sentence: 'There is no shape of this name.', next: 'Reload the page to get the current version of the app.' },
  unknown_read: { status: 404, sentence: 'There is no read of this name here.', next: 'Reload the page to get the current version of the app.' },
  unknown_mutation: { status: 404, sentence: 'This version of the app asks for a change that the server does not know.', next: 'Reload the page to get the current version of the app.' },
  mutation_too_old: { status: 426, sentence: 'This change is of a version of the app that is no longer taken.', next: 'Reload the page to get the current version, then send it again: what you wrote is kept.' },
  conflict: { status: 409, sentence: 'Someone else changed the same thing meanwhile.', next: 'Look at both and choose.' },
  would_make_ring: { status: 409, sentence: 'A folder cannot be moved into itself or into a folder under it.', next: 'Choose another place.' },
  import_running: { status: 409, sentence: 'An import is running already.', next: 'Wait until it has ended, then try again: what is there by then is found.' },
  cannot_merge: { status: 409, sentence: 'A lead can only be merged into another one that is not merged itself.', next: 'Open the one that it was merged into, and merge there.' },
  lead_taken: { status: 409, sentence: 'This entry was begun on another device.', next: 'Send it as a new one: what was entered is kept.' },
  last_owner: { status: 409, sentence: 'A company cannot be without an owner.', next: 'Give it to another member first.' },
  deleted: { status: 410, sentence: 'This was deleted meanwhile.', next: 'Restore it, or leave it so.' },
  parent_deleted: { status: 410, sentence: 'The place that this belongs to was deleted.', next: 'Restore that first, or choose another place.' },
  link_ended: { status: 410, sentence: 'This link was used before or is too old.', next: 'Ask for a new one.' },
  invite_ended: { status: 410, sentence: 'This invite was used, taken back, or is too old.', next: 'Ask whoever invited you for a new one.' },
  wrong_user: { status: 412, sentence: 'Another person is signed in now.', next: 'Reload the page.' },
  too_large: { status: 413, sentence: 'The request is too long.', next: 'Send less at a time.' },
  unsupported_media_type: { status: 415, sentence: 'This address takes JSON only.', next: 'Send it as application/json.' },
  invalid_input: { status: 400, sentence: 'Something in the request is not valid.', next: 'Correct the fields that are named and try again.' },
  file_refused: { status: 422, sentence: 'This file cannot be imported. Nothing of it was taken.', next: 'Correct the file and try again.' },
  too_many_requests: { status: 429, sentence: 'Too many attempts.', next: 'Wait a little and try again.' },
  too_many: { status: 429, sentence: 'This browser holds too many live requests at once.', next: 'It is tried again by itself when one of them has ended.' },
  public_url_missing: { status: 503, sentence: 'This server does not know its own address, so it cannot make links.', next: 'Ask the operator to set PUBLIC_URL.' },
  sync_unavailable: { status: 503, sentence: 'The sync service cannot be reached.', next: 'It is tried again by itself.' },
  database_unavailable: { status: 503, sentence: 'The database cannot be reached.', next: 'It is tried again by itself.' },
  too_slow: { status: 503, sentence: 'The server took too long for this.', next: 'It is tried again by itself.' },
  internal: { status: 500, sentence: 'Something went wrong on the server.', next: 'Try again; if it stays, tell the operator the reference.' },
} as const

export type AnswerCode = keyof typeof ANSWERS

/** The body of such an answer. */
export interface AnswerBody {
  code: AnswerCode
  message: string
  next: string
  /** The company that the answer is about (membership_ended, role_changed). */
  company?: string
  /** Field name to sentence (invalid_input). */
  fields?: Record<string, string>
  /** What would have to be restored first (deleted, parent_deleted). */
  deletion_id?: string
  /** What the fields in conflict hold now (conflict). */
  theirs?: Record<string, unknown>
  /** Finds the matching line in the server's log (internal). */
  reference?: string
}

/** Makes the body for a code, with what else is to be said. */
export function answerBody(code: AnswerCode, more: Omit<AnswerBody, 'code' | 'message' | 'next'> = {}): AnswerBody {
  const { sentence, next } = ANSWERS[code]
  return { code, message: sentence, next, ...more }
}

/** Reads a body that claims to be an answer of ours; undefined where it is not. */
export function readAnswer(value: unknown): AnswerBody | undefined {
  if (typeof value !== 'object' || value === null || !('code' in value)) return undefined
  const { code } = value
  return typeof code === 'string' && code in ANSWERS ? value as AnswerBody : undefined
}
