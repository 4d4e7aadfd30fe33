import type pg from 'pg'
import { chainsOf } from '../../../shared/journal/chains'
import type { JournalEntry } from '../../../shared/journal/entry'
import type { Wrong } from './oracle'

/** Edits that are on their way still, where nothing holds them up any more. */
export function unsettled(entries: readonly JournalEntry[]): Wrong[] {
  const { held } = chainsOf(entries)
  return entries.filter(({ state, mutation }) => state === 'applied' || (state === 'waiting' && !held.has(mutation.id)))
    .map(({ state, mutation }): Wrong => ({ kind: 'state', text: `edit ${mutation.name} ${mutation.id} is still ${state}` }))
}

/**
 * What is wrong with edits that are settled: each is done at the server, exactly once, or it is not and its author sees why.
 * The server's ledger, which writes in the transaction of the change, is what they are held against.
 */
export async function wrongEdits(sql: pg.Pool, entries: readonly JournalEntry[]): Promise<Wrong[]> {
  const { rows } = await sql.query<{ id: string, status: string | null }>(`select id, result ->> 'status' as status from auth.mutations where id = any($1::uuid[])`, [entries.map(({ mutation }) => mutation.id)])
  const decided = new Map(rows.map(({ id, status }) => [id, status]))
  return entries.flatMap(({ mutation: { id, name }, state, answer }): Wrong[] => {
    const status = decided.get(id)
    const text = `edit ${name} ${id} is ${state}${answer ? ` (${answer.code})` : ''} here and ${status ?? 'not decided'} at the server`
    if (state === 'done' || state === 'applied') return status === 'applied' ? [] : [{ kind: 'lost', text }]
    if (state === 'waiting') return status === undefined ? [] : [{ kind: 'state', text }]
    // What follows from the request alone (of a shape that no mutation has) is in no ledger.
    if (status === 'applied') return [{ kind: 'different', text }]
    return answer ? [] : [{ kind: 'lost', text: `${text}, and nobody knows why` }]
  })
}
