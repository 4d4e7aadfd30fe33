import { MOST_SCORE } from '#shared/leads/lead'

/** What gives points, each once: so many page views, or an event of a type that was seen. */
export type ScoreRule = { readonly views: number, readonly points: number } | { readonly event: string, readonly points: number }

/** The one place that says what a visit is worth. Counting is the business of who keeps the facts: tables, or what a page remembers. */
export const SCORE_RULES: readonly ScoreRule[] = [
  { views: 3, points: 10 },
  { views: 5, points: 10 },
  { event: 'phone_click', points: 30 },
  { event: 'form_start', points: 15 },
  { event: 'booking_click', points: 25 },
]

/** What a page remembers of a visit: enough for the rules. */
export interface Seen {
  views: number
  readonly types: Set<string>
}

/** The score of what a page remembers. Out: 0 to `MOST_SCORE`. */
export function scoreOf({ views, types }: Readonly<Seen>, rules = SCORE_RULES): number {
  const earned = rules.filter(rule => 'views' in rule ? views >= rule.views : types.has(rule.event))
  return Math.min(MOST_SCORE, earned.reduce((sum, { points }) => sum + points, 0))
}
