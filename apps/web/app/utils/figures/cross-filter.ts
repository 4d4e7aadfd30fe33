import type { Cube } from './cube'
import type { Span } from './days'

/** What is chosen: within a dimension any of the values, none being all; everything in all dimensions. */
export interface Chosen<Dimension extends string> {
  readonly days?: Span
  readonly values: Readonly<Partial<Record<Dimension, readonly string[]>>>
}

/** Sums of what passes; each chart leaves out its own filter, so that what it does not show chosen is seen beside it. */
export interface Sums<Dimension extends string> {
  /** What passes every filter. */
  readonly total: number
  /** By days from the first of the span on. */
  readonly byDay: Int32Array
  /** By values, in the order of the cube's. */
  readonly by: Readonly<Record<Dimension, Int32Array>>
}

/** Of each dimension which values pass; undefined where all do. */
export function passes<Dimension extends string>(cube: Cube<Dimension>, chosen: Chosen<Dimension>, dimension: Dimension): Uint8Array | undefined {
  const wanted = chosen.values[dimension]
  if (!wanted || wanted.length === 0) return undefined
  const among = new Set(wanted)
  return Uint8Array.from(cube.values[dimension], value => among.has(value) ? 1 : 0)
}

/** One pass over the cells of a cube within a span of days. */
export function crossFilter<Dimension extends string>(cube: Cube<Dimension>, span: Span, chosen: Chosen<Dimension>): Sums<Dimension> {
  const length = Math.max(0, span.last - span.first + 1)
  const byDay = new Int32Array(length)
  const columns = cube.dimensions.map(name => ({ codes: cube.codes[name], pass: passes(cube, chosen, name), sums: new Int32Array(cube.values[name].length) }))
  let total = 0
  for (let cell = 0; cell < cube.days.length; cell++) {
    const day = cube.days[cell]!
    if (day < span.first || day > span.last) continue
    const count = cube.counts[cell] ?? 0
    // The filters that the cell does not pass: with two of them no chart counts it. The days are the one before the first.
    let failed = isWithin(chosen.days, day) ? 0 : 1
    let only = -1
    for (let at = 0; at < columns.length && failed < 2; at++) {
      const { codes, pass } = columns[at]!
      if (pass && pass[codes[cell]!] === 0) {
        failed++
        only = at
      }
    }
    if (failed > 1) continue
    if (failed === 0) {
      total += count
      byDay[day - span.first]! += count
      for (const { codes, sums } of columns) sums[codes[cell]!]! += count
    }
    else if (only === -1) {
      byDay[day - span.first]! += count
    }
    else {
      const { codes, sums } = columns[only]!
      sums[codes[cell]!]! += count
    }
  }
  return { total, byDay, by: Object.fromEntries(cube.dimensions.map((name, at) => [name, columns[at]?.sums])) as Record<Dimension, Int32Array> }
}

/** Whether a day is among the chosen ones. */
export const isWithin = (days: Span | undefined, day: number) => !days || (day >= days.first && day <= days.last)

/** The sum of some days. */
export function sumOf(byDay: Int32Array, first: number, { first: from, last }: Span): number {
  let sum = 0
  for (let day = from; day <= last; day++) sum += byDay[day - first] ?? 0
  return sum
}
