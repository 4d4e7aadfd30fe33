/**
 * Where a program for tables begins a cell and takes what follows for a formula: at the beginning of a field, and, because
 * some part cells at semicolons or tabs and lose count of our quotes then, after each of those and after a line's end. What stands between
 * may be unseen.
 */
const SIGNS = '[=+\\-@\uFF1D\uFF0B\uFF0D\uFF20|%]'
const UNSEEN = '["\'\\s\\p{C}]*'
const FIRST = new RegExp(`^(?:${UNSEEN}${SIGNS}|[\\t\\r\\n])`, 'u')
/** With all that stands between, so that nothing is looked at twice: a visitor may have written thousands of blanks. */
const WITHIN = new RegExp(`([;\\t\\r\\n])(${UNSEEN})(${SIGNS}?)`, 'gu')

/** What a visitor entered is opened in such programs: an apostrophe before what they would run makes it a text there. */
const withoutFormulas = (value: string): string =>
  value.replace(WITHIN, (all: string, parted: string, unseen: string, sign: string) => sign === '' ? all : `${parted}${unseen}'${sign}`).replace(FIRST, '\'$&')

/** A field of CSV (RFC 4180), in which nothing runs. */
export function csvField(value: string): string {
  const safe = withoutFormulas(value)
  return /[",;\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const csvLine = (fields: readonly string[]): string => `${fields.map(csvField).join(',')}\r\n`
