import { Counter } from 'prom-client'
import type { AnswerCode } from '../../shared/protocol/answers'
import { registry } from './registry'

/** What is answered to somebody who may not have what they asked for. */
const OF_AUTHORISATION: ReadonlySet<AnswerCode> = new Set(['sign_in', 'wrong_password', 'wrong_user', 'membership_ended', 'role_changed', 'foreign_origin', 'invite_for_another', 'sign_up_closed'])

const refusals = new Counter({
  name: 'mvdb_authorisation_refusals_total', help: 'Answers that somebody may not have what they asked for, by code; each forbidden shape of a stream counts.', labelNames: ['reason'], registers: [registry],
})

/** Counts an answer, where it is of that kind. */
export function countRefusal(reason: AnswerCode): void {
  if (OF_AUTHORISATION.has(reason)) refusals.inc({ reason })
}
