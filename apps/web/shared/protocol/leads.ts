import * as z from 'zod/mini'
import type { AnswerBody } from './answers'

/** Where a form sends its leads, without a session: `POST /api/leads/sync`. */
export const LEADS_PATH = '/api/leads/sync'

export const LEAD_BATCH = 100

/** The outside of it: what is wrong inside of a lead refuses that one alone. */
export const leadsRequest = z.strictObject({
  /** Short name or key of the company. */
  company: z.string().check(z.minLength(1), z.maxLength(100)),
  leads: z.array(z.unknown()).check(z.minLength(1), z.maxLength(LEAD_BATCH, `At most ${LEAD_BATCH} at a time.`)),
})

/** What became of a lead. All but a refused one are with the server, for good. */
export type LeadResult =
  /** Its content is what members see now. */
  | { readonly id: string, readonly status: 'stored' }
  /** It was there, or a later version of it is. */
  | { readonly id: string, readonly status: 'duplicate' }
  /** The company takes no leads any more, or it looks like a program's: the operator has it. */
  | { readonly id: string, readonly status: 'quarantined' }
  | AnswerBody & { readonly id: string, readonly status: 'refused' }

/** One result a lead, in the order sent. */
export interface LeadsAnswer {
  results: LeadResult[]
}
