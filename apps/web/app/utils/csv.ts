/** What a program for tables takes for a formula, and what may stand before one without being seen. */
const FORMULA = /^[\s\p{C}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20|%]|^[\t\r\n]/u

/**
 * A field of CSV (RFC 4180). What a visitor entered is opened in programs that run what begins like a formula: an apostrophe
 * before it makes it a text there.
 */
export function csvField(value: string): string {
  const safe = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const csvLine = (fields: readonly string[]): string => `${fields.map(csvField).join(',')}\r\n`
