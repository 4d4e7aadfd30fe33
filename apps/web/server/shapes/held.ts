import { ANSWERS, type AnswerBody } from '../../shared/protocol/answers'
import type { Heartbeat, LiveBatch, LiveEntry } from '../../shared/protocol/sync'
import { Refusal } from '../http/refusal'
import { countRefusal } from '../metrics/refusals'
import { batchDelivered, observeLag } from '../metrics/sync'
import type { Topic } from '../notices/board'
import { companiesOf } from './authorise'
import { findShape, type BoundShape } from './definition'
import type { Answered } from './answered'
import { bindShape, checked } from './request'

/** One shape of a live request: bound, or refused before anything was asked. */
export interface HeldShape {
  readonly entry: LiveEntry
  readonly shape: BoundShape | undefined
  readonly refused: AnswerBody | undefined
}

/** The notices after which it has to be asked anew who may have what of these. */
export const topicsOf = (userId: string, held: readonly HeldShape[]): Topic[] =>
  [`user ${userId}`, ...companiesOf(held.flatMap(one => one.shape ?? [])).map(company => `company ${company}` as const)]

/** Asks now who may have what: throws where the session has ended, and answers for each shape as `authorise` does. */
export type Check = (shapes: readonly BoundShape[]) => Promise<(AnswerBody | undefined)[]>

/** Binds one entry. A malformed or unknown one is answered by a line of its own, and the others go on. */
export function holdShape(entry: LiveEntry, userId: string): HeldShape {
  try {
    for (const name of ['offset', 'handle', 'cursor', 'expired_handle'] as const) {
      if (entry[name] !== undefined) checked(name, entry[name])
    }
    return { entry, shape: bindShape(findShape(entry.shape), entry.company, userId), refused: undefined }
  }
  catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { entry, shape: undefined, refused: error.body }
  }
}

/** What each of them is refused with now, in the same order; undefined where it is not. One question for all. */
export async function checkAll(held: readonly HeldShape[], check: Check): Promise<(AnswerBody | undefined)[]> {
  const bound = held.flatMap(one => one.shape ?? [])
  const answers = await check(bound)
  return held.map(one => one.refused ?? answers[bound.indexOf(one.shape as BoundShape)])
}

/** A refusal as it goes into a line. */
export function asAnswered(refused: AnswerBody): Answered {
  countRefusal(refused.code)
  return { status: ANSWERS[refused.code].status, headers: {}, body: JSON.stringify(refused) }
}

/**
 * One line (protocol/sync, LiveBatch), in pieces, which is counted as delivered. The body is the very text that came, up to
 * 10 MB long: whoever receives the same batch is written from one copy of it.
 */
export function lineOf({ shape, company, offset, handle }: LiveEntry, { status, headers, body }: Answered): [string, string, string] {
  if (status === 200) {
    batchDelivered(shape, 'live', body.length)
    observeLag(body)
  }
  const named: Omit<LiveBatch, 'body'> = { shape, company, offset, handle, status, headers }
  return [`${JSON.stringify(named).slice(0, -1)},"body":`, body, '}\n']
}

/** A line that says that somebody is there. */
export const heartbeat = (): string => `${JSON.stringify({ heartbeat: true, at: Date.now() } satisfies Heartbeat)}\n`
