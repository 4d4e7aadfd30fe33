import * as z from 'zod/mini'
import { email } from '../account/fields'
import { isStorable, TEXT_LENGTHS, textOf } from '../catalogue/texts'
import { key } from '../mutations/fields'

const LENGTHS = TEXT_LENGTHS.leads
/** The shortest that say something. */
export const LEAST = { name: 2, message: 10 }
/** The most that a visit can score. */
export const MOST_SCORE = 100

/** What a visitor enters: the form checks it with this, the server checks it with this again. */
export const leadFields = {
  name: z.string('Enter your name.').check(z.trim(), z.minLength(LEAST.name, `Enter your name: ${LEAST.name} characters or more.`), ...textOf(LENGTHS.name), z.regex(/^\P{Cc}*$/u, 'There is a character in it that cannot be written.')),
  email: email.check(z.refine(isStorable, 'There is a character in it that cannot be stored.')),
  phone: z.nullable(z.string().check(z.trim(), ...textOf(LENGTHS.phone), z.regex(/^\P{Cc}*$/u, 'There is a character in it that cannot be written.'))),
  message: z.string('Enter a message.').check(z.trim(), z.minLength(LEAST.message, `Enter a message: ${LEAST.message} characters or more.`), ...textOf(LENGTHS.message)),
}
export const leadInput = z.strictObject(leadFields)
export type LeadInput = z.infer<typeof leadInput>

/** A lead as a device sends it. */
export const sentLead = z.strictObject({
  ...leadFields,
  /** Made on the device: a lead that comes again is the same lead. */
  id: key,
  /** Counts the edits of it on its device, from 1 on. */
  version: z.int().check(z.gte(1), z.lte(1_000_000)),
  /** A secret of the device: who does not hold it changes nothing of the lead. */
  token: z.string().check(z.regex(/^[\w-]{20,200}$/, 'This is not a token.')),
  score: z.int().check(z.gte(0), z.lte(MOST_SCORE)),
  variant: z.nullable(z.string().check(z.minLength(1), ...textOf(LENGTHS.variant))),
  /** For how long it has been on the device, in ms: a clock that is wrong by a year says that rightly. */
  age_ms: z.int(),
  /** How long it took to fill in, in ms. */
  filled_ms: z.int().check(z.gte(0)),
  /** Nobody sees this field, so that only a program fills it in. */
  website: z.string().check(z.maxLength(2000)),
})
export type SentLead = z.infer<typeof sentLead>
