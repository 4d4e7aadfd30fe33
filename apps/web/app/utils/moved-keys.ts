import { placeAfter, positionOf } from '#shared/trees/positions'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** What the server takes. */
const LONGEST = 100

/** A row of a list that people put in order, and its fractional key. */
export interface Placed { readonly id: string, readonly position: string }

/**
 * The keys to give, in the order to give them, so that a row comes to stand one place earlier or later: its own alone
 * where there is room between its new neighbours. Rows that nobody has placed all have the same key and stand by name;
 * the fewer of those on one side then get keys of their own, from the far end on, so that no step shows another order.
 * @param rows as they stand
 * @returns nothing where there is no place to go
 */
export function movedKeys(rows: readonly Placed[], id: string, by: -1 | 1): Placed[] {
  const from = rows.findIndex(row => row.id === id)
  const to = from + by
  const mine = rows[from]
  if (!mine || !rows[to]) return []
  const order = rows.filter(row => row.id !== id)
  order.splice(to, 0, mine)
  for (let width = 1; width <= order.length; width++) {
    for (const [first, last] of [[to, to + width - 1], [to - width + 1, to]] as const) {
      if (first < 0 || last >= order.length) continue
      const keys = spread(order[first - 1]?.position ?? '', order[last + 1]?.position, width)
      const placed = keys?.map((position, place) => ({ id: order[first + place]!.id, position }))
      if (placed) return first === to ? placed.reverse() : placed
    }
  }
  return []
}

/** So many keys between two, evenly, in their order; undefined where there is no room. */
function spread(after: string, before: string | undefined, count: number): string[] | undefined {
  if (count === 0) return []
  const middle = keyBetween(after, before)
  if (middle === undefined) return undefined
  const left = spread(after, middle, (count - 1) >> 1)
  const right = left && spread(middle, before, count >> 1)
  return right && [...left, middle, ...right]
}

/** A key that sorts between two by its bytes; behind the last one where `before` is undefined. Undefined where there is no room. */
export function keyBetween(after: string, before: string | undefined): string | undefined {
  const key = before === undefined ? positionOf(placeAfter(after)) : middleOf(after, before)
  return key !== undefined && key.length <= LONGEST && key > after && (before === undefined || key < before) ? key : undefined
}

/** Never ends with the lowest digit: nothing would fit before that. */
function middleOf(after: string, before: string): string | undefined {
  let key = ''
  let isBound = true
  for (let place = 0; place <= LONGEST; place++) {
    const low = Math.max(0, DIGITS.indexOf(after[place] ?? '0'))
    const high = isBound ? DIGITS.indexOf(before[place] ?? ' ') : DIGITS.length
    if (high < low) return undefined
    if (high - low > 1) return key + DIGITS[(low + high) >> 1]
    key += DIGITS[low]
    // From here on everything is less than the later key.
    if (high > low) isBound = false
  }
  return undefined
}
