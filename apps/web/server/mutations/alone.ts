import { setTimeout as delay } from 'node:timers/promises'
import type { MutationResult, TouchedRow } from '../../shared/protocol/mutations'
import { withTenant, type Transaction } from '../db/door'
import { isOutrun } from '../db/sql-state'
import { Refusal } from '../http/refusal'
import { keyUsed, refused, type Asked } from './asked'
import { authorise } from './authorise'
import { answeredBefore, closeEntry, openEntry, type LedgerEntry } from './ledger'

const ATTEMPTS = 6
const PAUSE_MS = 20

/**
 * Decides a mutation in a transaction of its own: once, however often it is asked. What PostgreSQL breaks off for
 * another's sake begins anew. Throws what PostgreSQL says, and then nothing of it is kept.
 */
export async function decideAlone(asked: Asked): Promise<MutationResult> {
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
  if (txid === undefined) return await answeredBefore(tx, entry) ?? keyUsed(entry.id)
  const result = await work(txid)
  await closeEntry(tx, entry.id, result)
  return result
}

async function applyEffect(tx: Transaction, { entry, effect, input, base, isOver }: Asked): Promise<TouchedRow[]> {
  const context = { tx, userId: entry.user_id, base }
  if (effect.of === 'person') return isOver ? tooOld() : effect.apply(context, input)
  const { may } = effect.mutation
  const company = entry.company_id ?? ''
  const role = await authorise(tx, { company, userId: entry.user_id, may: may === 'self' ? [] : may, serial: effect.serial })
  return isOver ? tooOld() : effect.apply({ ...context, company, role }, input)
}

/** Nothing of it was decided before, or its answer would have been given. */
function tooOld(): never {
  throw new Refusal('mutation_too_old')
}
