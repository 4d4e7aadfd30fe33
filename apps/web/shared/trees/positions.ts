const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The nth of a row of siblings, as a fractional key: a0 … az, b00 … bzz, c000 …; sorts as text in the C collation. */
export function positionOf(n: number): string {
  let width = 1
  let rest = n
  while (rest >= DIGITS.length ** width) rest -= DIGITS.length ** width++
  const digits = Array.from({ length: width }, (_, i) => DIGITS[Math.floor(rest / DIGITS.length ** (width - 1 - i)) % DIGITS.length])
  return String.fromCharCode('a'.charCodeAt(0) + width - 1) + digits.join('')
}

/** The least n whose key comes after a key that somebody chose, with a fraction behind it or not. */
export function placeAfter(position: string): number {
  const width = position.charCodeAt(0) - 'a'.charCodeAt(0) + 1
  // Keys before a0 begin with a capital letter.
  if (!(width >= 1 && width <= 8)) return 0
  const whole = position.slice(1, width + 1).padEnd(width, '0')
  let n = 0
  for (const digit of whole) n = n * DIGITS.length + Math.max(0, DIGITS.indexOf(digit))
  for (let shorter = 1; shorter < width; shorter++) n += DIGITS.length ** shorter
  return n + 1
}
