/** Of a normal distribution 95 of 100 lie within so many deviations. */
const Z = 1.959964

/** A share with the bounds between which the true one lies, 95 times of 100. */
export interface Rate { readonly won: number, readonly all: number, readonly rate: number, readonly low: number, readonly high: number }

/**
 * Wilson's interval: it keeps within 0 and 1, and says something of few leads, where the usual one says that none of
 * three makes 0 % for certain. Of none at all it says nothing: from 0 to 1.
 */
export function rateOf(won: number, all: number): Rate {
  if (all === 0) return { won, all, rate: 0, low: 0, high: 1 }
  const rate = won / all
  const middle = rate + Z * Z / (2 * all)
  const half = Z * Math.sqrt(rate * (1 - rate) / all + Z * Z / (4 * all * all))
  const whole = 1 + Z * Z / all
  return { won, all, rate, low: Math.max(0, (middle - half) / whole), high: Math.min(1, (middle + half) / whole) }
}
