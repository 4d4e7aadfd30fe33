import type { MutationInput } from '../../shared/mutations/mutation'
import { readMutation, type ReadingOptions } from '../../shared/mutations/reading'
import { answerBody, type AnswerBody } from '../../shared/protocol/answers'
import type { MutationEntry, MutationResult } from '../../shared/protocol/mutations'
import { isDatabaseAway } from '../db/away'
import { fieldsOf } from '../http/body'
import { toRefusal } from '../http/errors'
import { Refusal } from '../http/refusal'
import type { Effect } from './effect'
import { findEffect } from './effects'
import { requestHash, type LedgerEntry } from './ledger'

/** A mutation that is whole: known, and its input of the mutation's schema. */
export interface Asked {
  readonly entry: LedgerEntry
  readonly effect: Effect
  /** In the words of today's version. */
  readonly input: MutationInput
  readonly base: Readonly<Record<string, unknown>>
  /** Its version is no longer done: what was decided of it before is still its answer. */
  readonly isOver: boolean
}

/** Throws what no ledger needs to know, because it follows from the request alone: `unknown_mutation`, `mutation_too_old`, `invalid_input`. */
export function readEntry(userId: string, { id, name, version, company, input, base }: MutationEntry, options: ReadingOptions): Asked {
  const reading = readMutation({ name, version, input, base }, options)
  const effect = findEffect(name)
  if (!effect || reading.kind === 'unknown') throw new Refusal('unknown_mutation')
  if (reading.kind === 'too_old') throw new Refusal('mutation_too_old')
  if ((effect.of === 'company') !== (company !== undefined)) throw new Refusal('invalid_input', { fields: { company: effect.of === 'company' ? 'Name the company.' : 'This belongs to no company.' } })
  if (reading.kind === 'invalid') throw new Refusal('invalid_input', { fields: fieldsOf(reading.error) })
  // As it was sent: the same edit is known again by whatever version comes later.
  const request = { name, version, company, input: reading.spelled, base }
  return {
    entry: { id, user_id: userId, company_id: company ?? null, name, version, request_hash: requestHash(request) },
    effect, ...reading.edit, isOver: reading.isOver,
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
  return { id, status: 'undecided', ...toRefusal(error).body }
}
