import * as z from 'zod/mini'
import type { EntityName } from '../catalogue/entities'
import { isStorableJson, key } from '../mutations/fields'
import type { AnswerBody } from './answers'

/** The road of every edit: `POST /api/mutations`, with the header of `DATABASE_USER_HEADER`. */
export const MUTATIONS_PATH = '/api/mutations'

export const BATCH_LIMIT = 100

/** The outside of a mutation: what can be wrong here fails the whole request, what is wrong inside fails the mutation. */
export const mutationEntry = z.strictObject({
  /** The idempotency key, made where the edit is made: a mutation that comes again is answered, not done again. */
  id: key,
  name: z.string().check(z.maxLength(60)),
  version: z.int().check(z.positive()),
  /** Absent where a person's own row is meant. */
  company: z.optional(key),
  input: z.record(z.string(), z.unknown()),
  /** What the fields that it changes held where the edit was made: a field that differs now is a conflict. */
  base: z.optional(z.record(z.string(), z.unknown()).check(z.refine(value => isStorableJson(value)))),
})
export const mutationsRequest = z.strictObject({
  mutations: z.array(mutationEntry).check(z.minLength(1), z.maxLength(BATCH_LIMIT)),
})
export type MutationEntry = z.infer<typeof mutationEntry>

/** A row that the input names (of a subtree, its top alone), as it is after the mutation. */
export interface TouchedRow {
  entity: EntityName
  id: string
  /** Of a row that is gone: one more than it ever had, so that no copy holds it. */
  row_version: number
}

export interface Applied {
  id: string
  status: 'applied'
  /** The low 32 bits of the transaction's id, as Electric sends them. */
  txid: number
  rows: TouchedRow[]
}

/** Decided against, for good: the same id is answered the same for ever. To try again is another mutation. */
export interface Refused extends Omit<AnswerBody, 'reference'> {
  id: string
  status: 'refused'
}

/** Neither done nor refused: ask again with the same id. */
export interface Undecided extends AnswerBody {
  id: string
  status: 'undecided'
}

/** It was applied so long ago that the answer is no longer kept. */
export interface AlreadyApplied {
  id: string
  status: 'already_applied'
}

export type MutationResult = Applied | Refused | Undecided | AlreadyApplied

/** One result a mutation, in the order asked. */
export interface MutationsAnswer {
  results: MutationResult[]
}
