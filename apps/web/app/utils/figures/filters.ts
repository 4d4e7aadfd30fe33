import type { LocationQuery } from 'vue-router'
import type { Chosen } from './cross-filter'
import { dayNumber, dayText, type Span } from './days'
import { ACTIVITY_DIMENSIONS, LEAD_DIMENSIONS } from './lead-cube'

/** Days up to today; 0 is all. */
export const PERIODS = [30, 90, 365, 0] as const
export type Period = typeof PERIODS[number]
const USUAL: Period = 90

export const DIMENSIONS = [...LEAD_DIMENSIONS, ...ACTIVITY_DIMENSIONS] as const
export type Dimension = typeof DIMENSIONS[number]

/** What a dashboard shows: all of it is in the address, so that it can be kept, sent and gone back to. */
export interface Filters extends Chosen<Dimension> {
  readonly period: Period
  readonly asTables: boolean
}

/** The most values of one dimension that an address is taken to mean. */
const MOST = 100

/** Reads an address; what makes no sense in it is left out. */
export function filtersOf(query: LocationQuery): Filters {
  const all = (name: string) => [query[name] ?? []].flat().map(value => value ?? '')
  const [period, from, to] = [all('period')[0], dayNumber(all('from')[0] ?? ''), dayNumber(all('to')[0] ?? '')]
  const values = Object.fromEntries(DIMENSIONS.flatMap((name) => {
    const list = [...new Set(all(name).slice(0, MOST))]
    return list.length > 0 ? [[name, list]] : []
  }))
  return {
    period: PERIODS.find(one => String(one) === period) ?? USUAL,
    ...(from !== undefined && to !== undefined && from <= to && { days: { first: from, last: to } }),
    values, asTables: all('as')[0] === 'tables',
  }
}

/** The address of them; nothing is said that is usual. */
export function queryOf({ period, days, values, asTables }: Filters): Record<string, string | string[]> {
  return {
    ...(period !== USUAL && { period: String(period) }),
    ...(days && { from: dayText(days.first), to: dayText(days.last) }),
    ...Object.fromEntries(Object.entries(values).filter(([, list]) => list.length > 0)),
    ...(asTables && { as: 'tables' }),
  }
}

/** A value is chosen, or no longer. */
export function toggled(filters: Filters, dimension: Dimension, value: string): Filters {
  const before = filters.values[dimension] ?? []
  const { [dimension]: _, ...others } = filters.values
  const after = before.includes(value) ? before.filter(one => one !== value) : [...before, value]
  return { ...filters, values: after.length > 0 ? { ...others, [dimension]: after } : others }
}

/** Days are chosen, or no longer. @param further the days between these and those that were chosen, too */
export function toggledDays(filters: Filters, span: Span, further: boolean): Filters {
  const { days, ...others } = filters
  if (days && further) return { ...others, days: { first: Math.min(days.first, span.first), last: Math.max(days.last, span.last) } }
  return days && days.first === span.first && days.last === span.last ? others : { ...others, days: span }
}

export const isFiltered = ({ days, values }: Filters) => days !== undefined || Object.keys(values).length > 0
export const unfiltered = ({ period, asTables }: Filters): Filters => ({ period, asTables, values: {} })
