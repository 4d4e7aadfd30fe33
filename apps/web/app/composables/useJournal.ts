import { useNuxtApp } from '#imports'
import type { JournalAccess } from '../utils/journal-access'

/** The journal of this person's edits on this device. Pages make edits by the verbs, and see what became of them by `useChanges`. */
export function useJournal(): JournalAccess {
  return useNuxtApp().$journal
}
