import type { TextRow } from './local-table'

/** Rows of a snapshot as they go into a table: the text format of COPY, in UTF-8. */
export interface SnapshotRows {
  readonly columns: readonly string[]
  /** How many rows. */
  readonly count: number
  readonly text: Uint8Array<ArrayBuffer>
}

const NEWLINE = 0x0A
const ESCAPED = /\\(.)/g
const MEANINGS: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** The first rows and those after them, both on the same bytes. */
export function splitRows({ columns, count, text }: SnapshotRows, first: number): [SnapshotRows, SnapshotRows] {
  let end = 0
  for (let row = 0; row < first; row++) end = text.indexOf(NEWLINE, end) + 1
  return [{ columns, count: first, text: text.subarray(0, end) }, { columns, count: count - first, text: text.subarray(end) }]
}

/** The same rows one by one, for where they cannot go in by COPY. */
export function unpackRows({ columns, text }: SnapshotRows): TextRow[] {
  const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(text).split('\n')
  // After the last line there is nothing.
  lines.pop()
  return lines.map((line) => {
    const fields = line.split('\t')
    return Object.fromEntries(columns.map((column, at) => [column, readField(fields[at])]))
  })
}

function readField(field: string | undefined): string | null {
  if (field === undefined || field === '\\N') return null
  return field.includes('\\') ? field.replace(ESCAPED, (_, escaped: string) => MEANINGS[escaped] ?? escaped) : field
}
