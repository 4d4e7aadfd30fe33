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

/**
 * A text of COPY that is bytes already. They stay in this thread: a Blob's own bytes go to the browser's process and come
 * back for PGlite, which asks for nothing but them.
 */
export class CopyBlob extends Blob {
  readonly #text: Uint8Array<ArrayBuffer>

  constructor(text: Uint8Array<ArrayBuffer>) {
    super()
    this.#text = text
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteLength } = this.#text
    return Promise.resolve(byteLength === buffer.byteLength ? buffer : this.#text.slice().buffer)
  }
}

function copyField(value: string | null | undefined): string {
  if (value === null || value === undefined) return '\\N'
  return value.replace(SPECIAL, found => ESCAPES[found] ?? found)
}
