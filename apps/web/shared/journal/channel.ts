import type { JournalEntry, NewEntry } from './entry'

/**
 * What the writers of a journal tell each other, over a BroadcastChannel of the journal's name: every page of the person,
 * of whatever version, and the leader.
 *
 *   page ── adding ──▶ all    an edit that is being noted: the leader shows it already
 *   page ── dropped ─▶ all    it could not be noted after all
 *   any ─── noted ───▶ all    entries as they are noted now
 *   any ─── removed ─▶ all    entries that are gone, by their keys
 *   page ── hello ───▶ all    a page is there, and asks how they are sent
 *   leader ─ upload ─▶ all    how they are sent now (see `worker/writes/upload-states`)
 */
export type JournalNews =
  | { readonly kind: 'adding', readonly edits: readonly NewEntry[] }
  | { readonly kind: 'dropped', readonly ids: readonly string[] }
  | { readonly kind: 'noted', readonly entries: readonly JournalEntry[] }
  | { readonly kind: 'removed', readonly ids: readonly string[] }
  | { readonly kind: 'hello' }
  | { readonly kind: 'upload', readonly state: string }

export const journalChannel = (journal: string): BroadcastChannel => new BroadcastChannel(`journal:${journal}`)

/** Who uploads a journal, of whatever version of the app: one at a time. */
export const uploadLock = (journal: string): string => `upload:${journal}`
