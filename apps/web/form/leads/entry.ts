import * as z from 'zod/mini'

/** Raised when what is written changes; every earlier one is still read. */
export const LEAD_FORMAT = 1

/** What is typed, or was: nothing is checked yet. */
const fields = { name: z.string(), email: z.string(), phone: z.string(), message: z.string() }

/**
 * A lead on the device.
 *
 *   draft ── sent off ──▶ pending ── stored, duplicate, quarantined ──▶ gone
 *                            └── refused ──▶ failed ── sent once more ──▶ pending
 */
export const leadEntry = z.object({
  ...fields,
  format: z.literal(LEAD_FORMAT),
  seq: z.int(),
  id: z.string(),
  /** Counts what was sent off of it. */
  version: z.int(),
  /** A secret of this device. */
  token: z.string(),
  score: z.int(),
  variant: z.nullable(z.string()),
  state: z.enum(['draft', 'pending', 'failed']),
  /** When it was begun and sent off, in ms since 1970 by the device's clock. */
  begun_at: z.number(),
  made_at: z.number(),
  /** Nobody sees the field. */
  website: z.string(),
  /** Why the server refused it (`failed`). */
  answer: z.optional(z.looseObject({ code: z.string(), message: z.string(), next: z.string() })),
})
export type LeadEntry = z.infer<typeof leadEntry>
/** What a server said against a lead; a later one may say what this form does not know. */
export type LeadAnswer = Pick<NonNullable<LeadEntry['answer']>, 'code' | 'message' | 'next'>
export type LeadFields = Pick<LeadEntry, keyof typeof fields>
/** What goes with the fields when they are sent off; the visit's part as the draft has it where it is not given. */
export type SentAlong = Pick<LeadEntry, 'website'> & Partial<Pick<LeadEntry, 'score' | 'variant'>>

/** Undefined for one that only a later version of the form understands. */
export function readLead(value: unknown): LeadEntry | undefined {
  const read = leadEntry.safeParse(value)
  return read.success ? read.data : undefined
}
