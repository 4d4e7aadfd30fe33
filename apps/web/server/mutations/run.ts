import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod/mini'
import type { MutationInput } from '../../shared/mutations/mutation'
import { answerBody, type AnswerBody } from '../../shared/protocol/answers'
import type { MutationEntry, MutationResult, TouchedRow } from '../../shared/protocol/mutations'
import { isDatabaseAway } from '../db/away'
import { withTenant, type Transaction } from '../db/door'
import { fieldsOf } from '../http/body'
import { toRefusal } from '../http/errors'
import { Refusal } from '../http/refusal'
import { measureMutation } from '../metrics/mutations'
import { authorise } from './authorise'
import type { Effect } from './effect'
import { findEffect } from './effects'
import { answeredBefore, closeEntry, openEntry, requestHash, type LedgerEntry } from './ledger'
import { isOutrun, isTooSlow } from './transient'
import { inTurn } from './turns'

const ATTEMPTS = 6
const PAUSE_MS = 20

/** A mutation that is whole: known, and its input of the mutation's schema. */
interface Asked {
  readonly entry: LedgerEntry
  readonly effect: Effect
  readonly input: MutationInput
  readonly base: Readonly<Record<string, unknown>>
}

/**
 * Decides mutations one after the other, each in a transaction of its own, and answers in their order. One that is
 * refused leaves the others alone. Throws where the database is away: what was decided until then is answered again when
 * the same is asked again.
 */
export async function runMutations(userId: string, entries: readonly MutationEntry[]): Promise<MutationResult[]> {
  const results: MutationResult[] = []
  for (const entry of entries) results.push(await measureMutation(() => runMutation(userId, entry)))
  return results
}

async function runMutation(userId: string, entry: MutationEntry): Promise<MutationResult> {
  try {
    const asked = read(userId, entry)
    return await inTurn(userId, () => decide(asked))
  }
  catch (error) {
    if (error instanceof Refusal) return refused(entry.id, error.body)
    if (isDatabaseAway(error)) throw error
    // Nobody foresaw it: it is told under its reference, and what comes after it in the batch is not held up.
    return { id: entry.id, status: 'undecided', ...isTooSlow(error) ? answerBody('too_slow') : toRefusal(error).body }
  }
}

/** Throws what no ledger needs to know, because it follows from the request alone: `unknown_mutation`, `invalid_input`. */
function read(userId: string, { id, name, version, company, input, base }: MutationEntry): Asked {
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

/** Once, however often it is asked. What PostgreSQL breaks off for another's sake begins anew. */
async function decide(asked: Asked): Promise<MutationResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptOnce(asked)
    }
    catch (error) {
      if (!isOutrun(error) || attempt === ATTEMPTS) throw error
      await delay(Math.random() * PAUSE_MS * 2 ** attempt)
    }
  }
}

async function attemptOnce(asked: Asked): Promise<MutationResult> {
  const { entry } = asked
  try {
    return await withTenant({ userId: entry.user_id }, tx => once(tx, entry, async txid => ({
      id: entry.id, status: 'applied', txid, rows: await applyEffect(tx, asked),
    })))
  }
  catch (error) {
    if (!(error instanceof Refusal)) throw error
    // What it wrote is rolled back; that it was refused is kept, so that a late repetition cannot be applied after all.
    return withTenant({ userId: entry.user_id }, tx => once(tx, entry, () => Promise.resolve(refused(entry.id, error.body))))
  }
}

/** Writes the answer to the ledger in the transaction that makes it, or gives the one that is there. */
async function once(tx: Transaction, entry: LedgerEntry, work: (txid: number) => Promise<MutationResult>): Promise<MutationResult> {
  const txid = await openEntry(tx, entry)
  if (txid === undefined) return await answeredBefore(tx, entry) ?? refused(entry.id, answerBody('invalid_input', { fields: { id: 'This key was used for another change.' } }))
  const result = await work(txid)
  await closeEntry(tx, entry.id, result)
  return result
}

async function applyEffect(tx: Transaction, { entry, effect, input, base }: Asked): Promise<TouchedRow[]> {
  const context = { tx, userId: entry.user_id, base }
  if (effect.of === 'person') return effect.apply(context, input)
  const { may } = effect.mutation
  const company = entry.company_id ?? ''
  const role = await authorise(tx, { company, userId: entry.user_id, may: may === 'self' ? [] : may, serial: effect.serial })
  return effect.apply({ ...context, company, role }, input)
}

const refused = (id: string, body: AnswerBody): MutationResult => ({ id, status: 'refused', ...body })
