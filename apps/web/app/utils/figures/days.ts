const DAY_MS = 86_400_000
const DATE = /^\d{4}-\d{2}-\d{2}$/

/** Days, both included, in days since 1970. */
export interface Span { readonly first: number, readonly last: number }
export type Step = 'day' | 'week' | 'month'

/** The most bars that still are bars on a phone. */
const MOST_BARS = 93

/** Out: undefined where the text is no day of the calendar. */
export function dayNumber(date: string): number | undefined {
  const ms = DATE.test(date) ? Date.parse(date) : Number.NaN
  // The first of March is no answer to the thirtieth of February.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date ? undefined : ms / DAY_MS
}

/** 2026-11-30 */
export const dayText = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10)

/** The day that a moment has in a time zone. */
export function dayIn(zone: string, moment: Date): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric' }).formatToParts(moment)
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find(one => one.type === type)?.value)
  return Date.UTC(part('year'), part('month') - 1, part('day')) / DAY_MS
}

/** Days, or weeks from Monday, or months, so that there are no more bars than can be told apart. The outer ones end with the span. */
export function binsOf({ first, last }: Span): { step: Step, bins: Span[] } {
  const step = last - first < MOST_BARS ? 'day' : last - first < MOST_BARS * 7 ? 'week' : 'month'
  const bins: Span[] = []
  for (let day = first; day <= last;) {
    const end = Math.min(last, endOf(step, day))
    bins.push({ first: day, last: end })
    day = end + 1
  }
  return { step, bins }
}

function endOf(step: Step, day: number): number {
  if (step === 'day') return day
  const date = new Date(day * DAY_MS)
  if (step === 'week') return day + (7 - date.getUTCDay()) % 7
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0) / DAY_MS
}

const short = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const long = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' })
const month = new Intl.DateTimeFormat('en', { month: 'short', year: '2-digit', timeZone: 'UTC' })
const at = (day: number) => new Date(day * DAY_MS)

/** What stands below a bar. */
export const binLabel = (step: Step, { first }: Span) => (step === 'month' ? month : short).format(at(first))

/** Days in full: "Nov 3, 2026", or from one to another. */
export const spanWords = ({ first, last }: Span) => first === last ? long.format(at(first)) : long.formatRange(at(first), at(last))
