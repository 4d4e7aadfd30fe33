import { randomUUID } from 'node:crypto'
import type { H3Event } from 'h3'
import { isH3Error } from './h3-error'
import { SECURITY_HEADERS } from './headers'
import { isApi } from './paths'
import { endBeforeBody } from './end-before-body'
import { Refusal } from './refusal'
import { isDatabaseAway } from '../db/away'
import { isOutrun, isTooSlow } from '../db/sql-state'
import { withoutData } from '../db/without-data'
import { log } from '../log'
import { countRefusal } from '../metrics/refusals'
import { inRequest, requestId } from './current-request'
import { factsOf } from './request-id'

const RETRY_AFTER_SECONDS = '5'

/**
 * What went wrong, as the answer to give, which is counted. What nobody foresaw is logged under a reference, which is the
 * id of its request, and told by that alone.
 */
export function toRefusal(error: unknown): Refusal {
  const cause = isH3Error(error) && error.cause !== undefined ? error.cause : error
  if (cause instanceof Refusal) {
    countRefusal(cause.code)
    return cause
  }
  if (isDatabaseAway(cause)) return new Refusal('database_unavailable', {}, { 'retry-after': RETRY_AFTER_SECONDS })
  if (isH3Error(error) && error.statusCode === 404) return new Refusal('not_found')
  if (isH3Error(error) && error.statusCode >= 400 && error.statusCode < 500) return new Refusal('invalid_input')
  if (isTooSlow(cause) || isOutrun(cause)) {
    log.warn({ err: withoutData(cause) }, 'a request waited too long in the database')
    return new Refusal('too_slow', {}, { 'retry-after': RETRY_AFTER_SECONDS })
  }
  const reference = requestId() ?? randomUUID()
  log.error({ reference, err: withoutData(cause) }, 'a request failed')
  return new Refusal('internal', { reference })
}

/**
 * The one funnel for errors. Nitro's own would say back whatever host and address a request claims, in a page or JSON with
 * another policy than ours, and fail itself where the host is none.
 */
export default async function answerError(error: unknown, event: H3Event): Promise<void> {
  if (event.handled) return
  // Who develops is shown where it happened.
  if (import.meta.dev && !isApi(event.path)) return
  const { res } = event.node
  const { requestId: id = randomUUID() } = factsOf(event)
  if (res.headersSent) {
    // Half an answer is out: only a broken connection says that the rest will not come.
    inRequest(id, () => toRefusal(error))
    res.destroy()
    return
  }
  const refusal = inRequest(id, () => toRefusal(error))
  factsOf(event).answered = refusal.code
  for (const name of res.getHeaderNames()) if (name === 'content-encoding' || name === 'content-length') res.removeHeader(name)
  res.statusCode = refusal.status
  // What was thrown may have said it in words of its own, with the address in them.
  res.statusMessage = ''
  if (!isApi(event.path)) {
    answerPlainly(event, refusal)
    return
  }
  res.setHeader('content-type', 'application/json; charset=utf-8')
  res.setHeader('cache-control', 'private, no-store')
  for (const [name, value] of Object.entries(refusal.headers)) res.setHeader(name, value)
  const text = JSON.stringify(refusal.body)
  if (refusal.code === 'too_large') endBeforeBody(event.node.req, res, text)
  else res.end(text)
}

/** A file or an address that is not here, for whoever reads it: pages come from the shell and never get here. */
function answerPlainly({ node: { res } }: H3Event, { body }: Refusal): void {
  for (const [name, value] of Object.entries({ ...SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' })) res.setHeader(name, value)
  res.end(`${body.message} ${body.next}\n`)
}
