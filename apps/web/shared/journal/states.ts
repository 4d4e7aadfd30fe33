import { stateTable } from '../states/table'

/**
 * What becomes of an edit that was noted on the device. Every one of them ends in a state that its author can see.
 *
 *   waiting ── applied ──▶ applied ── seen ──▶ done ── forgotten a day later
 *      │ ▲                    └─ (the overlay still shows it)
 *      │ └──────── resent, as another edit in the same place of the order ────────┐
 *      ├── in conflict ──▶ conflict ── discarded ──▶ (gone)                       │
 *      └── refused ──────▶ refused ─── discarded ──▶ (gone)     conflict, refused ┘
 *
 * - `waiting`: nobody has decided it. Sending it is not noted: whether it was decided is asked by its key.
 * - `applied`: the server has it, and the rows that came of it are not here yet.
 * - `conflict`: the server has something else by now; its author is asked.
 * - `refused`: decided against, for good; what was typed is kept.
 */
export const ENTRY_STATES = ['waiting', 'applied', 'done', 'conflict', 'refused'] as const
export type EntryState = (typeof ENTRY_STATES)[number]

export const ENTRY_EVENTS = [
  /** The server has done it, now or at an earlier time that it was asked. */
  'applied',
  /** Its rows have come down the read road, or never will, because they lie outside of what is held here. */
  'seen',
  'in_conflict',
  'refused',
  /** Its author sends it again, changed or as it is. */
  'resent',
] as const
export type EntryEvent = (typeof ENTRY_EVENTS)[number]

/** State × event. What was decided stays so: a late answer to a question that was asked twice changes nothing. */
export const ENTRY_TABLE = stateTable<EntryState, EntryEvent>(ENTRY_EVENTS, {
  waiting: { applied: 'applied', in_conflict: 'conflict', refused: 'refused' },
  applied: { seen: 'done' },
  done: {},
  conflict: { resent: 'waiting' },
  refused: { resent: 'waiting' },
})

/** Still shown over the synced rows. */
export const isShown = (state: EntryState): boolean => state === 'waiting' || state === 'applied'
/** Its author may still lose it, or has to look at it. */
export const isUnsettled = (state: EntryState): boolean => state === 'waiting' || state === 'conflict' || state === 'refused'
