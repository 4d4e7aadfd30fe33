import type * as z from 'zod/mini'
import type { MutationEntry } from '../protocol/mutations'
import { mutations } from './index'
import type { AnyMutation, EditOf, MutationInput, Touches } from './mutation'

/** An edit as it was sent. */
export type SentEdit = Pick<MutationEntry, 'name' | 'version' | 'input' | 'base'>

export interface ReadingOptions {
  /** YYYY-MM-DD: the server's day, which alone says when a version's time is over; a device shows whatever it can read. */
  readonly today?: string
  /** Every mutation there is, where they are not this version's own. */
  readonly known?: readonly AnyMutation[]
}

export type Reading =
  /**
   * `spelled`: the input as the edit's own version spells it, the same for ever; `edit`: what today's mutation makes of it;
   * `isOver`: what of it was not done by now is not done any more.
   */
  | { readonly kind: 'read', readonly mutation: AnyMutation, readonly spelled: MutationInput, readonly edit: EditOf<MutationInput>, readonly isOver: boolean }
  /** Nobody knows any more what it meant. */
  | { readonly kind: 'too_old' }
  /** No mutation of this name, or a version that is yet to come. */
  | { readonly kind: 'unknown' }
  /** Not an input of its mutation. */
  | { readonly kind: 'invalid', readonly error: z.core.$ZodError }

/**
 * Reads an edit by its mutation, of whichever version it is.
 *
 *   today's version ─────────────────────────────▶ read, invalid
 *   an earlier one ── known ── put into today's ─▶ read (over after its day), invalid
 *                  └─ not any more ──────────────▶ too_old
 *   a later one, another name ───────────────────▶ unknown
 */
export function readMutation({ name, version, input, base = {} }: SentEdit, { today = '', known = mutations }: ReadingOptions = {}): Reading {
  const mutation = known.find(one => one.name === name)
  if (!mutation || version > mutation.version) return { kind: 'unknown' }
  if (version === mutation.version) {
    const checked = mutation.input.safeParse(input)
    return checked.success ? { kind: 'read', mutation, spelled: checked.data, edit: { input: checked.data, base }, isOver: false } : { kind: 'invalid', error: checked.error }
  }
  const earlier = mutation.earlier?.find(one => one.version === version)
  if (!earlier) return { kind: 'too_old' }
  const read = earlier.read({ input, base })
  return read.success ? { kind: 'read', mutation, spelled: read.spelled, edit: read.edit, isOver: today > earlier.until } : { kind: 'invalid', error: read.error }
}

/** The same edit as today's version sends it; as it is where this version of the app cannot read it. */
export function inTodaysWords<Sent extends SentEdit>(sent: Sent, known: readonly AnyMutation[] = mutations): Sent {
  const reading = readMutation(sent, { known })
  if (reading.kind !== 'read' || reading.mutation.version === sent.version) return sent
  return { ...sent, version: reading.mutation.version, input: reading.edit.input, base: reading.edit.base }
}

/** An edit is looked at again for each request that goes out, and what is sent never changes. */
const touched = new WeakMap<SentEdit, Touches>()

/** What an edit has to do with; of one that this version of the app does not know, nothing can be told. */
export function touchesOf(sent: SentEdit): Touches {
  const known = touched.get(sent)
  if (known) return known
  const reading = readMutation(sent)
  const touches = reading.kind === 'read' ? reading.mutation.touches(reading.edit.input) : {}
  touched.set(sent, touches)
  return touches
}
