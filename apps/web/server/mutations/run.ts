import type { ReadingOptions } from '../../shared/mutations/reading'
import type { MutationEntry, MutationResult } from '../../shared/protocol/mutations'
import { isDatabaseAway } from '../db/away'
import { isOutrun, isTooSlow } from '../db/sql-state'
import { withoutData } from '../db/without-data'
import { log } from '../log'
import { measureMutation, measureMutations } from '../metrics/mutations'
import { decideAlone } from './alone'
import { answerOf, readEntry, type Asked } from './asked'
import { decideTogether, type Gathered } from './together'
import { inTurn } from './turns'

/**
 * Decides mutations in their order, several in one transaction where that is short, and answers in their order. One that is
 * refused leaves the others alone. Throws where the database is away: what was decided until then is answered again when
 * the same is asked again.
 * @param options how edits are read: by today's day and every mutation of this version, where nothing else is said
 */
export async function runMutations(userId: string, entries: readonly MutationEntry[], options: ReadingOptions = { today: new Date().toISOString().slice(0, 10) }): Promise<MutationResult[]> {
  const asked = entries.map(entry => readOrAnswer(userId, entry, options))
  const results: MutationResult[] = []
  for (let next = asked[0]; next; next = asked[results.length]) {
    const gathered = gatheredFrom(asked, results.length)
    if (gathered.length > 1) results.push(...await decideAll(userId, gathered))
    else results.push(await decideOne(userId, next))
  }
  return results
}

function readOrAnswer(userId: string, entry: MutationEntry, options: ReadingOptions): Asked | MutationResult {
  try {
    return readEntry(userId, entry, options)
  }
  catch (error) {
    return answerOf(entry.id, error)
  }
}

/** Those from a place on that one transaction may decide: of one company, with effects for many, each key once. */
function gatheredFrom(asked: readonly (Asked | MutationResult)[], start: number): Gathered[] {
  const gathered = new Map<string, Gathered>()
  for (const one of asked.slice(start)) {
    if (!isGathered(one) || gathered.has(one.entry.id)) break
    const [first] = gathered.values()
    if (first && first.entry.company_id !== one.entry.company_id) break
    gathered.set(one.entry.id, one)
  }
  return [...gathered.values()]
}

const isGathered = (one: Asked | MutationResult): one is Gathered => 'effect' in one && !one.isOver && one.effect.of === 'company' && one.effect.applyAll !== undefined

function decideOne(userId: string, asked: Asked | MutationResult): Promise<MutationResult> {
  return measureMutation(async () => 'effect' in asked ? inTurn(userId, () => decideAlone(asked)).catch((error: unknown) => answerOf(asked.entry.id, error)) : asked)
}

/** Out: what became of the first of them, one at least. */
async function decideAll(userId: string, gathered: readonly Gathered[]): Promise<MutationResult[]> {
  const company = gathered[0]?.entry.company_id ?? ''
  const together = await measureMutations(gathered.length, () => inTurn(userId, () => decideTogether(company, userId, gathered)).catch(brokenOff))
  if (together) return together
  // One of them waits for a lock, or cannot be done: alone it has its own time and its own attempts, and holds up no other.
  const results: MutationResult[] = []
  for (const one of gathered) results.push(await decideOne(userId, one))
  return results
}

/** Nothing of what was decided together is kept. Throws where the database is away. */
function brokenOff(error: unknown): undefined {
  if (isDatabaseAway(error)) throw error
  if (!isOutrun(error) && !isTooSlow(error)) log.warn({ err: withoutData(error) }, 'mutations could not be decided together, and are decided one by one')
}
