import * as z from 'zod/mini'
import { mutationEntry, type MutationEntry, type TouchedRow } from '../protocol/mutations'
import type { AnswerBody } from '../protocol/answers'
import { ENTRY_STATES, ENTRY_TABLE, type EntryEvent, type EntryState } from './states'

/** Raised when what is written changes; `readEntry` goes on reading every earlier one. */
export const ENTRY_FORMAT = 1

/** An edit as it is noted on the device. */
export interface JournalEntry {
  readonly format: typeof ENTRY_FORMAT
  /** Its place in the one order of all tabs. */
  readonly seq: number
  /** What is sent, word for word. */
  readonly mutation: MutationEntry
  /** What it is about, in the words of whoever edited: the name of the folder, of the group. For people, never decided by. */
  readonly about: string
  /** When it was made, in ms since 1970 by this device's clock. */
  readonly at: number
  readonly state: EntryState
  /** When it was decided, by the same clock. */
  readonly decidedAt?: number
  /** Rows that the server changed (`applied`). */
  readonly rows?: readonly TouchedRow[]
  /** The low 32 bits of the server's transaction (`applied`). */
  readonly txid?: number
  /** Why not (`conflict`, `refused`). */
  readonly answer?: AnswerBody
}

const schema = z.object({
  format: z.literal(ENTRY_FORMAT), seq: z.int(), mutation: mutationEntry, about: z.string(), at: z.number(),
  state: z.enum(ENTRY_STATES), decidedAt: z.optional(z.number()),
  rows: z.optional(z.array(z.object({ entity: z.string(), id: z.string(), row_version: z.number() }))),
  txid: z.optional(z.number()), answer: z.optional(z.looseObject({ code: z.string(), message: z.string(), next: z.string() })),
})

/** Reads an entry of this format or an earlier one; undefined for one that only a later version of the app understands. */
export function readEntry(value: unknown): JournalEntry | undefined {
  const read = schema.safeParse(value)
  return read.success ? read.data as JournalEntry : undefined
}

/** An edit that is about to be noted. */
export type NewEntry = Pick<JournalEntry, 'mutation' | 'about' | 'at'>

export const newEntry = ({ mutation, about, at }: NewEntry): Omit<JournalEntry, 'seq'> => ({ format: ENTRY_FORMAT, mutation, about, at, state: 'waiting' })

/** What is told of an edit with an event. */
export type Decision = Partial<Pick<JournalEntry, 'rows' | 'txid' | 'answer'>>

/** The entry after an event; undefined where its state does not allow that. @param now in ms since 1970 */
export function toldEntry(entry: JournalEntry, event: EntryEvent, decision: Decision | undefined, now: number): JournalEntry | undefined {
  const state = ENTRY_TABLE[entry.state][event]
  return state === entry.state ? undefined : { ...entry, ...decision, state, decidedAt: now }
}

/** Whether it was refused because its author is no longer in the company: what they typed is all that is kept of that. */
export const isOfEnded = ({ answer }: JournalEntry): boolean => answer?.code === 'membership_ended'

/** Whether anything of an entry was written by others; see `strippedEntry`. */
export const hasForeign = ({ mutation, about, answer }: JournalEntry): boolean => mutation.base !== undefined || about !== '' || answer?.theirs !== undefined

/** The entry without what others wrote: what it was made from, what it is about by name, and what stands there now. */
export function strippedEntry(entry: JournalEntry): JournalEntry {
  const { answer } = entry
  return { ...entry, mutation: { ...entry.mutation, base: undefined }, about: '', ...answer && { answer: { ...answer, theirs: undefined } } }
}
