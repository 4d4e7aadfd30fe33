import type { Sums } from './cross-filter'
import { isWithin, sumOf } from './cross-filter'
import { NONE, type Cube } from './cube'
import { binLabel, binsOf, spanWords, type Span } from './days'
import type { Rate } from './interval'

/** A bar of a chart, which is also a line of the table behind it. */
export interface Bar {
  readonly key: string
  readonly label: string
  /** Its label in full, where a chart has no place for it. */
  readonly name?: string
  /** How long it is. */
  readonly length: number
  /** Of a bar that does not begin at zero. */
  readonly from?: number
  /** A mark on it. */
  readonly mark?: number
  readonly chosen: boolean
  /** What is written at its end. */
  readonly end: string
  /** All of it as a sentence. */
  readonly said: string
  /** The columns of the table after its label. */
  readonly cells: readonly string[]
}

const number = new Intl.NumberFormat('en')
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 })
export const countWords = (count: number) => number.format(count)
export const percentWords = (share: number) => percent.format(share)
const counted = (count: number, [one, many]: Nouns) => `${number.format(count)} ${count === 1 ? one : many}`
export type Nouns = readonly [one: string, many: string]

/** A bar for each value that the scope has at all, so that none comes or goes with a filter. */
export function valueBars<Dimension extends string>(
  cube: Cube<Dimension>, dimension: Dimension, scope: Sums<Dimension>, sums: Sums<Dimension>, chosen: readonly string[] | undefined,
  { nouns, name, byValue = false }: { nouns: Nouns, name: (value: string) => string, byValue?: boolean },
): Bar[] {
  const counts = sums.by[dimension]
  const whole = counts.reduce((sum, count) => sum + count, 0)
  return placesOf(cube, dimension, scope, byValue).map(({ value, at }) => {
    const [count, label] = [counts[at] ?? 0, name(value)]
    const share = percentWords(whole === 0 ? 0 : count / whole)
    return { key: value, label, length: count, chosen: chosen?.includes(value) ?? false, end: number.format(count), said: `${label}: ${counted(count, nouns)}, ${share}`, cells: [number.format(count), share] }
  })
}

/** The share that was won by values, as the interval in which the true one lies. */
export function rateBars<Dimension extends string>(
  cube: Cube<Dimension>, dimension: Dimension, scope: Sums<Dimension>, rates: ReadonlyMap<string, Rate>, chosen: readonly string[] | undefined, name: (value: string) => string,
): Bar[] {
  return placesOf(cube, dimension, scope, false).flatMap(({ value }) => {
    const rate = rates.get(value)
    if (!rate) return []
    const [label, share, between] = [name(value), rate.all === 0 ? '–' : percentWords(rate.rate), intervalWords(rate)]
    return [{
      key: value, label, from: rate.low, length: rate.all === 0 ? rate.low : rate.high, mark: rate.all === 0 ? undefined : rate.rate, chosen: chosen?.includes(value) ?? false, end: share,
      said: `${label}: ${number.format(rate.won)} of ${number.format(rate.all)} won, ${share}; 95% interval ${between}`,
      cells: [number.format(rate.all), number.format(rate.won), share, between],
    }]
  })
}

export const intervalWords = ({ all, low, high }: Rate) => all === 0 ? '–' : `${percentWords(low)} – ${percentWords(high)}`

/** A bar for each day of a span, or for weeks or months of a long one. */
export function dayBars(span: Span, byDay: Int32Array, chosen: Span | undefined, nouns: Nouns): Bar[] {
  const { step, bins } = binsOf(span)
  return bins.map((bin) => {
    const [count, days] = [sumOf(byDay, span.first, bin), spanWords(bin)]
    return {
      key: `${bin.first}`, label: binLabel(step, bin), name: days, length: count, chosen: chosen !== undefined && (isWithin(chosen, bin.first) || isWithin(bin, chosen.first)),
      end: number.format(count), said: `${days}: ${counted(count, nouns)}`, cells: [number.format(count)],
    }
  })
}

function placesOf<Dimension extends string>(cube: Cube<Dimension>, dimension: Dimension, scope: Sums<Dimension>, byValue: boolean): { value: string, at: number }[] {
  const counts = scope.by[dimension]
  const places = cube.values[dimension].map((value, at) => ({ value, at })).filter(({ at }) => (counts[at] ?? 0) > 0)
  // Those without a value come last: they are what the others are not.
  return places.sort((a, b) => byValue ? a.value.localeCompare(b.value) : Number(a.value === NONE) - Number(b.value === NONE) || (counts[b.at] ?? 0) - (counts[a.at] ?? 0) || a.value.localeCompare(b.value))
}
