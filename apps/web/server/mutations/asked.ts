import * as z from 'zod/mini'
import type { MutationInput } from '../../shared/mutations/mutation'
import { answerBody, type AnswerBody } from '../../shared/protocol/answers'
import type { MutationEntry, MutationResult } from '../../shared/protocol/mutations'
import { isDatabaseAway } from '../db/away'
import { fieldsOf } from '../http/body'
import { toRefusal } from '../http/errors'
import { Refusal } from '../http/refusal'
import type { Effect } from './effect'
import { findEffect } from './effects'
import { requestHash, type LedgerEntry } from './ledger'
import { isTooSlow } from './transient'

/** A mutation that is whole: known, and its input of the mutation's schema. */
export interface Asked {
  readonly entry: LedgerEntry
  readonly effect: Effect
  readonly input: MutationInput
  readonly base: Readonly<Record<string, unknown>>
}

/** Throws what no ledger needs to know, because it follows from the request alone: `unknown_mutation`, `invalid_input`. */
export function readEntry(userId: string, { id, name, version, company, input, base }: MutationEntry): Asked {
  const effect = findEffect(name, version)
  if (!effect) throw new Refusal('unknown_mutation')
  if ((effect.of === 'company') !== (company !== undefined)) throw new Refusal('invalid_input', { fields: { company: effect.of === 'company' ? 'Name the company.' : 'This belongs to no company.' } })
  const checked = z.safeParse(effect.mutation.input, input)
  if (!checked.success) throw new Refusal('invalid_input', { fields: fieldsOf(checked.error) })
  const request = { name, version, company, input: checked.data, base }
  return {
    entry: { id, user_id: userId, company_id: company ?? null, name, version, request_hash: requestHash(request) },
    effect, input: checked.data, base: base ?? {},
  }
}

export const refused = (id: string, body: AnswerBody): MutationResult => ({ id, status: 'refused', ...body })

/** Of an id that the ledger has for something else. */
export const keyUsed = (id: string) => refused(id, answerBody('invalid_input', { fields: { id: 'This key was used for another change.' } }))

/** What a mutation is answered whose decision threw something. Throws where the database is away. */
export function answerOf(id: string, error: unknown): MutationResult {
  if (error instanceof Refusal) return refused(id, error.body)
  if (isDatabaseAway(error)) throw error
  // Nobody foresaw it: it is told under its reference, and what comes after it in the batch is not held up.
  return { id, status: 'undecided', ...isTooSlow(error) ? answerBody('too_slow') : toRefusal(error).body }
}
