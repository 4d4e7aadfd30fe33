/** What a figure is held to: the value itself, or its ratio to the baseline, at least or at most so much. */
export interface Goal { readonly of: 'value' | 'ratio', readonly is: '<=' | '>=', readonly bound: number }

/** One line of `pnpm bench --json`. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The same work by other means, measured in the same run; null where there is nothing to compare with. */
  readonly baseline: number | null
  /** value / baseline */
  readonly ratio: number | null
  /** As a person reads it: `ratio <= 0.55`; null where nothing is promised. */
  readonly goal: string | null
  readonly met: boolean | null
}

/** What an entry says of one thing that it measured. */
export interface Measured { name: string, value: number, unit: string, baseline?: number, goal?: Goal }

export const atMost = (bound: number, of: Goal['of'] = 'value'): Goal => ({ of, is: '<=', bound })
export const atLeast = (bound: number, of: Goal['of'] = 'value'): Goal => ({ of, is: '>=', bound })

/** Judges what was measured. Throws where it is no number: a figure that is missing must not pass for one. */
export function figure({ name, value, unit, baseline, goal }: Measured): Figure {
  if (!Number.isFinite(value) || (baseline !== undefined && !Number.isFinite(baseline))) throw new Error(`${name} was not measured: ${value}, baseline ${baseline}`)
  const ratio = baseline === undefined || baseline === 0 ? null : round(value / baseline)
  return {
    name, value: round(value), unit, baseline: baseline === undefined ? null : round(baseline), ratio,
    goal: goal ? `${goal.of} ${goal.is} ${goal.bound}` : null,
    met: goal ? judge(goal, goal.of === 'ratio' ? ratio : value) : null,
  }
}

function judge({ is, bound }: Goal, measured: number | null): boolean {
  if (measured === null) return false
  return is === '<=' ? measured <= bound : measured >= bound
}

/** Three digits that mean something. */
const round = (value: number) => Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3))

/** The middle of the values, or the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** The value below which `percent` of the values lie, between neighbours in proportion. NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * percent / 100
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  if (below === undefined || above === undefined) return Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
