import type { JournalEntry } from '../../../shared/journal/entry'
import type { EntryState } from '../../../shared/journal/states'
import { edit } from './rows'

let seq = 0
/** An entry of the journal, in the order of the calls. */
export function entry(name: string, input: Record<string, unknown>, state: EntryState = 'waiting', more: Partial<JournalEntry> = {}): JournalEntry {
  const { mutation, at } = edit(name, input)
  return { format: 1, seq: ++seq, mutation, at, about: '', state, ...more }
}
