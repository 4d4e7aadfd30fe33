/** One value of a message, and what stands before it since the value before. */
interface Part {
  readonly before: Uint8Array
  /** Its column; null for the message's key, which says nothing that the row does not say. */
  readonly column: string | null
}

/** What all inserts of one page have in common: everything but their values. */
export interface Skeleton {
  readonly parts: readonly Part[]
  readonly after: Uint8Array
  readonly columns: readonly string[]
}

const [QUOTE, BACKSLASH, COLON, COMMA, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [...'"\\:,{}[]'].map(sign => sign.charCodeAt(0))

const textOf = (page: Uint8Array, from: number, to: number) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(page.subarray(from, to))

/**
 * Reads the skeleton off the message that begins there. Undefined where that is no insert of a snapshot, or is written
 * otherwise than Electric writes (with spaces, say): such pages are read the ordinary way.
 */
export function readSkeleton(page: Uint8Array, from: number): Skeleton | undefined {
  const end = endOfValue(page, from)
  if (end < 0 || !isSnapshotInsert(textOf(page, from, end))) return undefined
  const parts: Part[] = []
  const columns: string[] = []
  let literal = from
  const take = (value: number, column: string | null) => {
    parts.push({ before: page.slice(literal, value), column })
    literal = endOfValue(page, value)
    return literal
  }
  const ended = eachMember(page, from, (name, value) => {
    if (name === 'key') return take(value, null)
    if (name !== 'value') return endOfValue(page, value)
    return eachMember(page, value, (column, at) => {
      columns.push(column)
      return take(at, column)
    })
  })
  // A name that stands twice would be two columns here and one in the row.
  if (ended !== end || columns.length === 0 || new Set(columns).size < columns.length) return undefined
  return { parts, after: page.slice(literal, end), columns }
}

function isSnapshotInsert(text: string): boolean {
  try {
    const { key, value, headers, ...others } = JSON.parse(text) as { key?: unknown, value?: unknown, headers?: Record<string, unknown> }
    if (typeof key !== 'string' || typeof value !== 'object' || value === null || !headers || Object.keys(others).length > 0) return false
    // Rows of the log have an LSN; they may be there already.
    return headers.operation === 'insert' && headers.lsn === undefined && Object.values(value).every(one => one === null || typeof one === 'string')
  }
  catch {
    return false
  }
}

/** Calls for each member of the object that begins there; the call answers where its value ends. Answers the object's end, or -1. */
function eachMember(page: Uint8Array, from: number, member: (name: string, value: number) => number): number {
  if (page[from] !== OPEN) return -1
  let at = from + 1
  while (page[at] === QUOTE) {
    const end = endOfString(page, at)
    if (end < 0 || page[end] !== COLON) return -1
    at = member(JSON.parse(textOf(page, at, end)) as string, end + 1)
    if (at < 0) return -1
    if (page[at] === CLOSE) return at + 1
    if (page[at] !== COMMA) return -1
    at++
  }
  return page[at] === CLOSE ? at + 1 : -1
}

/** Where the string ends whose first quote stands there, or -1. */
function endOfString(page: Uint8Array, from: number): number {
  if (page[from] !== QUOTE) return -1
  for (let at = from + 1; at < page.length; at++) {
    if (page[at] === BACKSLASH) at++
    else if (page[at] === QUOTE) return at + 1
  }
  return -1
}

/** Where the value ends that begins there, or -1. */
function endOfValue(page: Uint8Array, from: number): number {
  if (page[from] === QUOTE) return endOfString(page, from)
  let depth = 0
  for (let at = from; at < page.length; at++) {
    const sign = page[at]
    if (sign === QUOTE) {
      at = endOfString(page, at) - 1
      if (at < 0) return -1
    }
    else if (sign === OPEN || sign === OPEN_LIST) depth++
    else if (sign === CLOSE || sign === CLOSE_LIST) {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    }
    else if (sign === COMMA && depth === 0) return at
  }
  return -1
}
