/** A dimension's value where a row has none. */
export const NONE = ''

/** Counts of rows by day and by a value in each of some dimensions: what SQL counted once, and filters sum up. */
export interface Cube<Dimension extends string> {
  readonly dimensions: readonly Dimension[]
  /** Of each cell the day, in days since 1970, and how many rows it counts. */
  readonly days: Int32Array
  readonly counts: Int32Array
  /** Of each cell the place of its value among the dimension's values. */
  readonly codes: Readonly<Record<Dimension, Uint32Array>>
  readonly values: Readonly<Record<Dimension, readonly string[]>>
}

/** Rows that have the same values, with pairs of a day and a count. */
export interface Kind {
  readonly values: readonly (string | null)[]
  readonly days: readonly (readonly [day: number, count: number])[]
}

/** @param kinds each with a value for each dimension, in their order */
export function cubeOf<Dimension extends string>(dimensions: readonly Dimension[], kinds: Iterable<Kind>): Cube<Dimension> {
  const known = dimensions.map(() => new Map<string, number>())
  const [days, counts]: [number[], number[]] = [[], []]
  const codes = dimensions.map((): number[] => [])
  for (const kind of kinds) {
    const own = known.map((places, at) => placeOf(places, kind.values[at] ?? NONE))
    for (const [day, count] of kind.days) {
      days.push(day)
      counts.push(count)
      for (const [at, list] of codes.entries()) list.push(own[at] ?? 0)
    }
  }
  const each = <Value>(make: (at: number) => Value) => Object.fromEntries(dimensions.map((name, at) => [name, make(at)])) as Record<Dimension, Value>
  return {
    dimensions, days: Int32Array.from(days), counts: Int32Array.from(counts),
    codes: each(at => Uint32Array.from(codes[at] ?? [])), values: each(at => [...known[at]?.keys() ?? []]),
  }
}

function placeOf(places: Map<string, number>, value: string): number {
  const place = places.get(value) ?? places.size
  places.set(value, place)
  return place
}
