import { computed, type ComputedRef } from 'vue'
import type { JournalEntry } from '#shared/journal/entry'
import { touchesOf } from '#shared/mutations/reading'
import { useLateEntries } from './useLateEntries'

/** Keys of the rows that edits of this device make or change, where the server has not taken them for a while. */
export function useUnsent(): ComputedRef<ReadonlySet<string>> {
  const late = useLateEntries()
  const touched = new WeakMap<JournalEntry, readonly string[]>()

  function keysOf(entry: JournalEntry): readonly string[] {
    const known = touched.get(entry)
    if (known) return known
    const { makes = [], changes = [] } = touchesOf(entry.mutation)
    const keys = [...makes, ...changes]
    touched.set(entry, keys)
    return keys
  }
  return computed(() => new Set(late.value.flatMap(keysOf)))
}
