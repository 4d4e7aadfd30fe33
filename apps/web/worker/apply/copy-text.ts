import type { TextRow } from './local-table'

const SPECIAL = /[\\\n\r\t]/g
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Rows in the text format of COPY: tab between columns, \N for NULL, and a backslash before what would end a field or a
 * line. A text that reads `\N` becomes `\\N` and stays a text.
 */
export function copyText(rows: readonly TextRow[], columns: readonly string[]): Blob {
  const lines = rows.map(row => columns.map(column => copyField(row[column])).join('\t'))
  return new Blob([lines.join('\n'), '\n'])
}

function copyField(value: string | null | undefined): string {
  if (value === null || value === undefined) return '\\N'
  return value.replace(SPECIAL, found => ESCAPES[found] ?? found)
}
