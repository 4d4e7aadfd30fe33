import type { Decision, JournalEntry } from '#shared/journal/entry'
import type { EntryEvent } from '#shared/journal/states'
import type { AnswerCode } from '#shared/protocol/answers'
import type { MutationResult } from '#shared/protocol/mutations'

/** Refusals that leave its author a choice: something else is there by now. */
const CONFLICTS: readonly AnswerCode[] = ['conflict', 'deleted', 'parent_deleted', 'would_make_ring']

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

/** Keys of the entries that have been kept for long enough. */
export function sweep(entries: readonly JournalEntry[], now: number): string[] {
  const isOver = ({ state, decidedAt, answer }: JournalEntry) => {
    const days = (now - (decidedAt ?? now)) / DAY_MS
    return state === 'done' ? days > DONE_DAYS : answer?.code === 'membership_ended' && days > ENDED_DAYS
  }
  return entries.filter(isOver).map(({ mutation }) => mutation.id)
}
