import * as z from 'zod/mini'
import { leadAddress, readLeadQuery, type LeadQuery } from './lead-filter'

/** A way to look at the leads of a company that a person has given a name. */
export interface LeadView { readonly name: string, readonly query: LeadQuery }

export const MOST_VIEWS = 20

/** Under this key of a person's preferences: each company has leads of its own. */
export const leadViewsKey = (company: string) => `lead-views:${company}`

const stored = z.array(z.object({ name: z.string(), query: z.record(z.string(), z.unknown()) }))

/** As a person's preferences have them, which may hold anything. */
export function readLeadViews(preferences: unknown, company: string): LeadView[] {
  const all = typeof preferences === 'object' && preferences !== null ? preferences as Record<string, unknown> : {}
  const { data = [] } = stored.safeParse(all[leadViewsKey(company)])
  return data.slice(0, MOST_VIEWS).map(({ name, query }) => ({ name, query: readLeadQuery(query) }))
}

/** The change of preferences that keeps these; null where there are none left. */
export const keptLeadViews = (views: readonly LeadView[], company: string): Record<string, unknown> =>
  ({ [leadViewsKey(company)]: views.length === 0 ? null : views.map(({ name, query }) => ({ name, query: leadAddress(query) })) })

/** With one more; one of the same name makes room for it. */
export const withLeadView = (views: readonly LeadView[], view: LeadView): LeadView[] => [...views.filter(({ name }) => name !== view.name), view].slice(-MOST_VIEWS)
