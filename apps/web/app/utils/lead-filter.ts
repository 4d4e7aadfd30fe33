import * as z from 'zod/mini'
import { LEAD_STATUSES } from '#shared/catalogue/lead-statuses'
import { UNASSIGNED } from '#shared/leads/unassigned'
import type { LeadFilter } from '#shared/reads/leads'

const day = z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/), z.refine(text => !Number.isNaN(Date.parse(text))))
const or = <Schema extends z.ZodMiniType>(schema: Schema) => z.catch(z.union([z.literal(''), schema]), '')

/** What a list of leads is narrowed to, as it stands in an address. What is no such thing narrows nothing. */
const schema = z.object({
  q: z.catch(z.string().check(z.maxLength(200)), ''),
  status: or(z.enum(LEAD_STATUSES)),
  assignee: or(z.union([z.literal(UNASSIGNED), z.guid()])),
  score: z.catch(z.coerce.number().check(z.int(), z.minimum(0), z.maximum(100)), 0),
  variant: z.catch(z.string().check(z.maxLength(100)), ''),
  /** The first and the last day, of the person's calendar. */
  from: or(day),
  until: or(day),
})
export type LeadQuery = z.infer<typeof schema>

export const readLeadQuery = (query: Record<string, unknown>): LeadQuery => schema.parse(query)

/** As it goes into an address: only what narrows. */
export const leadAddress = (query: LeadQuery): Record<string, string> =>
  Object.fromEntries(Object.entries(query).flatMap(([name, value]) => value === '' || value === 0 ? [] : [[name, String(value)]]))

/** How many things narrow the list, beside the words that are sought. */
export const narrowings = ({ q: _, ...query }: LeadQuery): number => Object.keys(leadAddress({ q: '', ...query })).length

/** The same for the read: a day begins and ends by the clock of whoever looks. */
export function leadFilter({ q, from, until, ...query }: LeadQuery): LeadFilter {
  return { ...query, sought: q.trim(), from: from && midnight(from), until: until && midnight(until, 1) }
}

function midnight(text: string, later = 0): string {
  const [year = 0, month = 1, date = 1] = text.split('-').map(Number)
  return new Date(year, month - 1, date + later).toISOString()
}
