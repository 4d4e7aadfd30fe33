import type * as z from 'zod/mini'
import type { MutationEntry } from '../protocol/mutations'
import { mutations } from './index'
import type { AnyMutation, EditOf, MutationInput, Touches } from './mutation'

/** An edit as it was sent. */
export type SentEdit = Pick<MutationEntry, 'name' | 'version' | 'input' | 'base'>

export type Reading =
  /** `spelled`: the input as the edit's own version spells it, the same for ever; `edit`: what today's mutation makes of it. */
  | { readonly kind: 'read', readonly mutation: AnyMutation, readonly spelled: MutationInput, readonly edit: EditOf<MutationInput> }
  /** Its version is no longer taken. */
  | { readonly kind: 'too_old' }
  /** No mutation of this name, or a version that is yet to come. */
  | { readonly kind: 'unknown' }
  /** Not an input of its mutation. */
  | { readonly kind: 'invalid', readonly error: z.core.$ZodError }

/**
 * Reads an edit by its mutation, of whichever version it is.
 *
 *   today's version ────────────────────────────────────▶ read, invalid
 *   an earlier one ── still taken ── brought to today's ─▶ read, invalid
 *                  └─ its time is over, or forgotten ────▶ too_old
 *   a later one, another name ───────────────────────────▶ unknown
 *
 * @param today YYYY-MM-DD: the server's day, which alone says when a version's time is over; a device shows whatever it can read
 */
export function readMutation({ name, version, input, base = {} }: SentEdit, { today = '', known = mutations }: { today?: string, known?: readonly AnyMutation[] } = {}): Reading {
  const mutation = known.find(one => one.name === name)
  if (!mutation || version > mutation.version) return { kind: 'unknown' }
  const earlier = mutation.earlier?.find(one => one.version === version)
  if (version < mutation.version && (!earlier || today > earlier.until)) return { kind: 'too_old' }
  const checked = (earlier ?? mutation).input.safeParse(input)
  if (!checked.success) return { kind: 'invalid', error: checked.error }
  const sent = { input: checked.data, base }
  return { kind: 'read', mutation, spelled: checked.data, edit: earlier ? earlier.raise(sent) : sent }
}

/** The same edit as today's version sends it; as it is where this version of the app cannot read it. */
export function inTodaysWords<Sent extends SentEdit>(sent: Sent, known: readonly AnyMutation[] = mutations): Sent {
  const reading = readMutation(sent, { known })
  if (reading.kind !== 'read' || reading.mutation.version === sent.version) return sent
  return { ...sent, version: reading.mutation.version, input: reading.edit.input, base: reading.edit.base }
}

/** What an edit has to do with; of one that this version of the app does not know, nothing can be told. */
export function touchesOf(sent: SentEdit): Touches {
  const reading = readMutation(sent)
  return reading.kind === 'read' ? reading.mutation.touches(reading.edit.input) : {}
}
