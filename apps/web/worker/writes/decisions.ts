import { isOfEnded, type Decision, type JournalEntry } from '#shared/journal/entry'
import type { EntryEvent } from '#shared/journal/states'
import type { AnswerCode } from '#shared/protocol/answers'
import type { MutationResult } from '#shared/protocol/mutations'

/** Refusals that leave its author a choice: something else is there by now. */
const CONFLICTS: readonly AnswerCode[] = ['conflict', 'deleted', 'parent_deleted', 'would_make_ring', 'cannot_merge']

const DAY_MS = 86_400_000
/** What is done stays in the list for so long, to be looked at and taken back. */
const DONE_DAYS = 1
/** Of a company that was left only what the person typed is kept, and no longer than this. */
const ENDED_DAYS = 30

/** What the server's result says of an edit; nothing where it does not decide it. */
export function told(result: MutationResult): { id: string, event: EntryEvent, decision: Decision } | undefined {
  switch (result.status) {
    case 'undecided': return undefined
    case 'applied': return { id: result.id, event: 'applied', decision: { rows: result.rows, txid: result.txid } }
    // So long ago that no copy waits for it.
    case 'already_applied': return { id: result.id, event: 'applied', decision: { rows: [] } }
    case 'refused': {
      const { id, status: _, ...answer } = result
      return { id, event: CONFLICTS.includes(answer.code) ? 'in_conflict' : 'refused', decision: { answer } }
    }
  }
}

/** Keys of the entries that have been kept for long enough: what is done, and what was typed in a company that was left. */
export function sweep(entries: readonly JournalEntry[], now: number): { done: string[], ended: string[] } {
  const olderThan = (days: number, is: (entry: JournalEntry) => boolean) =>
    entries.filter(entry => is(entry) && now - (entry.decidedAt ?? now) > days * DAY_MS).map(({ mutation }) => mutation.id)
  return { done: olderThan(DONE_DAYS, ({ state }) => state === 'done'), ended: olderThan(ENDED_DAYS, isOfEnded) }
}
