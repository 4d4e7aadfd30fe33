// Every answer that is not data, as Electric 1.7.12 words it.
import { MUST_REFETCH } from '../shapes/messages.ts'

const REFUSED = { 'cache-control': 'no-store', 'surrogate-control': 'no-store' }
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

/** An answer that is known whole. `cors` is off where Electric sends no CORS headers. */
export interface PlainAnswer { status: number, headers: Record<string, string>, body: string, cors: 'shape' | 'other' | 'none' }

/** Thrown by anything that reads a request; the server turns it into its answer. */
export class Refusal extends Error {
  readonly answer: PlainAnswer
  constructor(answer: PlainAnswer) {
    super(answer.body)
    this.answer = answer
  }
}

/** 400, with the sentences of each field. */
export function invalid(errors: Record<string, string[]>, cache: 'no-store' | 'no-cache' = 'no-store'): PlainAnswer {
  const headers = cache === 'no-store' ? REFUSED : { 'cache-control': cache }
  return { status: 400, headers: { ...headers, ...JSON_TYPE }, body: JSON.stringify({ message: 'Invalid request', errors }), cors: 'shape' }
}

export const UNAUTHORIZED: PlainAnswer = {
  status: 401,
  headers: { 'cache-control': 'max-age=0, private, must-revalidate' },
  body: '{"message":"Unauthorized - Invalid API secret"}',
  cors: 'none',
}

export const NOT_FOUND: PlainAnswer = { status: 404, headers: { 'cache-control': 'max-age=0, private, must-revalidate' }, body: 'Not found', cors: 'other' }

/** The shape is another now. `handle` names the new one where the client should go on with it. */
export function mustRefetch(handle?: string): PlainAnswer {
  const named: Record<string, string> = handle
    ? { 'cache-control': 'public, max-age=60, must-revalidate', 'etag': `"${handle}::"`, 'electric-handle': handle }
    : { 'cache-control': 'public, max-age=1, must-revalidate' }
  return { status: 409, headers: { ...named, ...JSON_TYPE }, body: MUST_REFETCH, cors: 'shape' }
}

/** Postgres is away, or a table stays locked. */
export const UNAVAILABLE: PlainAnswer = {
  status: 503,
  headers: { ...REFUSED, ...JSON_TYPE, 'retry-after': '5' },
  body: '{"message":"Timeout waiting for Postgres lock acquisition"}',
  cors: 'shape',
}

/** A fault of ours; what it was is in the log, not in the answer. */
export const FAILED: PlainAnswer = { status: 500, headers: { ...REFUSED, ...JSON_TYPE }, body: '{"message":"Internal error"}', cors: 'shape' }

/** An answer of the DELETE and health routes. */
export function message(status: number, text: string): PlainAnswer {
  return { status, headers: { 'cache-control': 'no-cache', ...JSON_TYPE }, body: JSON.stringify({ message: text }), cors: 'shape' }
}
