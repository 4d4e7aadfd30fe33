import * as z from 'zod/mini'
import { LEAD_STATUSES } from '../catalogue/lead-statuses'
import { TEXT_LENGTHS, textOf } from '../catalogue/texts'
import { key, keys } from './fields'
import { fieldBack } from './inverse'
import { defineMutation } from './mutation'

export const TAG_LENGTH = 40
/** So many tags still say something of a lead. */
export const MOST_TAGS = 20

/** One tag a word or two: no line, and no comma, which parts tags where they are written in one field. */
const tag = z.string().check(z.trim(), z.minLength(1, 'Enter a tag.'), ...textOf(TAG_LENGTH), z.regex(/^[^\p{Cc},]*$/u, 'A tag has no comma and no line break.'))
/** Each once, whatever its capitals: the first spelling stays. */
const tags = z.pipe(
  z.array(tag).check(z.maxLength(MOST_TAGS, `At most ${MOST_TAGS} tags.`)),
  z.transform(given => given.filter((one, place) => given.findIndex(other => other.toLowerCase() === one.toLowerCase()) === place)))

const common = { version: 1, entity: 'leads' } as const
const itself = { touches: ({ id }: { id: string }) => ({ changes: [id] }) }

export const leadSetStatus = defineMutation({
  ...common, name: 'lead.set-status', input: z.strictObject({ id: key, status: z.enum(LEAD_STATUSES, 'Choose a status.') }), ...itself,
  inverse: fieldBack('lead.set-status', 'status'),
})
/** To somebody who may see it; null: to nobody. */
export const leadAssign = defineMutation({
  ...common, name: 'lead.assign', input: z.strictObject({ id: key, assignee_id: z.nullable(key) }), ...itself,
  inverse: fieldBack('lead.assign', 'assignee_id'),
})
export const leadSetNotes = defineMutation({
  ...common, name: 'lead.set-notes', input: z.strictObject({ id: key, notes: z.string('Enter a text.').check(...textOf(TEXT_LENGTHS.leads.notes)) }), ...itself,
  inverse: fieldBack('lead.set-notes', 'notes'),
})
/** All of them, in their order. */
export const leadSetTags = defineMutation({
  ...common, name: 'lead.set-tags', input: z.strictObject({ id: key, tags }), ...itself,
  inverse: fieldBack('lead.set-tags', 'tags'),
})
/**
 * Into another lead of the same person, which stands for them from then on; null: each a lead of its own again. Nothing of any
 * row moves, so that separating them gives back what was there.
 */
export const leadMerge = defineMutation({
  ...common, name: 'lead.merge', input: z.strictObject({ ids: keys, merged_into: z.nullable(key) }),
  touches: ({ ids, merged_into: into }) => ({ changes: ids, ...into !== null && { needs: [into] } }),
  inverse: fieldBack('lead.merge', 'merged_into'),
})
/** For good, with all that was known of it and of what was merged into it: whoever entered it asked for that, or nobody needs it. Nothing takes it back. */
export const leadErase = defineMutation({ ...common, name: 'lead.erase', input: z.strictObject({ id: key }), ...itself })
