import { randomUUID } from 'node:crypto'
import type { H3Event } from 'h3'
import type { AnswerCode } from '../../shared/protocol/answers'
import { isFromTrustedProxy } from './address'

/** Names a request in the log, in our answer to it and, where it fails unforeseen, to its person. */
export const REQUEST_ID_HEADER = 'x-request-id'

/** Ids of proxies: short, and of no character that could mean something in a log. */
const BOUNDED = /^[\w-]{8,64}$/

/** What a request's event carries for those who tell of it. */
export interface RequestFacts {
  requestId?: string
  /** The code that it was answered with, where that was an answer of ours. */
  answered?: AnswerCode
}

export const factsOf = (event: H3Event): RequestFacts => event.context as RequestFacts

/** The id that a trusted proxy gave to a request, or a new one: what strangers send would let them write into our log. */
export function chooseRequestId(event: H3Event): string {
  const given = getRequestHeader(event, REQUEST_ID_HEADER)
  return given !== undefined && BOUNDED.test(given) && isFromTrustedProxy(event) ? given : randomUUID()
}
