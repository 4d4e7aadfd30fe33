import { sql } from 'drizzle-orm'
import type { Role } from '../../shared/catalogue/roles'
import type { MutationResult } from '../../shared/protocol/mutations'
import { withTenant, type Transaction } from '../db/door'
import { Refusal } from '../http/refusal'
import { keyUsed, refused, type Asked } from './asked'
import { heldRole, roleChanged } from './authorise'
import type { CompanyEffect, Done } from './effect'
import { answersBefore, closeEntries, openEntries } from './ledger'
import { stepsOf } from './steps'

/** One of those that are decided in one transaction: of a company, and with an effect for many. */
export interface Gathered extends Asked {
  readonly effect: CompanyEffect & Required<Pick<CompanyEffect, 'applyAll'>>
}

/** After so much work no further step begins: somebody else's turn may come before the rest. */
const WORK_MS = 250
/**
 * Nobody else waits long for what these hold while they wait themselves, and whoever moves a tree is not the one that
 * PostgreSQL ends (after a second) where the two wait for each other.
 */
const LOCK_MS = 250
const STATEMENT_MS = 2_000

/**
 * Decides mutations of one person in one company, of different ids, in one transaction. Out: what became of the first of
 * them, one at least; the others are for the next transaction, which finds some of them decided. One that is refused has
 * written nothing, and its refusal is kept with the others. Throws what PostgreSQL says: then nothing of any is kept.
 */
export function decideTogether(company: string, userId: string, asked: readonly Gathered[]): Promise<MutationResult[]> {
  return withTenant({ userId }, async (tx) => {
    await tx.execute(sql.raw(`select set_config('lock_timeout', '${LOCK_MS}', true), set_config('statement_timeout', '${STATEMENT_MS}', true)`))
    const { txid, opened } = await openEntries(tx, asked.map(({ entry }) => entry))
    const isNew = ({ entry }: Gathered) => opened.has(entry.id)
    const [fresh, known] = [asked.filter(isNew), asked.filter(one => !isNew(one)).map(({ entry }) => entry)]
    const results = await answersBefore(tx, known)
    for (const { id } of known) if (!results.has(id)) results.set(id, keyUsed(id))
    if (fresh.length > 0) {
      const decided = await decide(tx, { company, userId, txid }, fresh)
      for (const result of decided) results.set(result.id, result)
      await closeEntries(tx, decided, fresh.map(({ entry }) => entry.id).filter(id => !results.has(id)))
    }
    return inOrder(asked, results)
  })
}

/** The results up to the first that is not decided. */
function inOrder(asked: readonly Gathered[], results: ReadonlyMap<string, MutationResult>): MutationResult[] {
  const found = asked.map(({ entry }) => results.get(entry.id))
  const end = found.indexOf(undefined)
  return found.slice(0, end < 0 ? found.length : end).flatMap(result => result ?? [])
}

interface Context { company: string, userId: string, txid: number }

async function decide(tx: Transaction, context: Context, fresh: readonly Gathered[]): Promise<MutationResult[]> {
  const began = performance.now()
  const role = await heldRole(tx, context.company, context.userId)
  const results: MutationResult[] = []
  for (const step of stepsOf(fresh)) {
    if (results.length > 0 && performance.now() - began > WORK_MS) break
    const done = await decideStep(tx, context, role, step)
    results.push(...step.map(({ entry: { id } }, place): MutationResult => {
      const one = done[place] ?? []
      return one instanceof Refusal ? refused(id, one.body) : { id, status: 'applied', txid: context.txid, rows: one }
    }))
  }
  return results
}

/** A step is of one effect, so that all of it may be done or nothing. */
async function decideStep(tx: Transaction, { company, userId }: Context, role: Role | Refusal, step: readonly Gathered[]): Promise<Done[]> {
  const [first] = step
  if (!first) return []
  const { effect: { mutation: { may }, applyAll } } = first
  const refusal = role instanceof Refusal ? role : may === 'self' || !may.includes(role) ? roleChanged(company) : undefined
  return refusal ? step.map(() => refusal) : applyAll({ tx, userId, company }, step)
}
