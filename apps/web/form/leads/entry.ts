import * as z from 'zod/mini'
import { readAnswer, type AnswerBody } from '#shared/protocol/answers'

/** Raised when what is written changes; every earlier one is still read. */
export const LEAD_FORMAT = 1

/** What is typed, or was: nothing is checked yet. */
const fields = { name: z.string(), email: z.string(), phone: z.string(), message: z.string() }

/**
 * A lead on the device.
 *
 *   draft ── sent off ──▶ pending ── stored, duplicate, quarantined ──▶ gone
 *                            └── refused ──▶ failed ── corrected and sent off ──▶ pending
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
  answer: z.optional(z.custom<AnswerBody>(value => readAnswer(value) !== undefined)),
})
export type LeadEntry = z.infer<typeof leadEntry>
export type LeadFields = Pick<LeadEntry, keyof typeof fields>

/** Undefined for one that only a later version of the form understands. */
export function readLead(value: unknown): LeadEntry | undefined {
  const read = leadEntry.safeParse(value)
  return read.success ? read.data : undefined
}
