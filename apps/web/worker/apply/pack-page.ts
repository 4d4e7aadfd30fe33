import { readSkeleton, type Skeleton } from './page-skeleton'
import type { SnapshotRows } from './snapshot-rows'

/** A page of a snapshot: the rows that it begins with, and the JSON of the messages after them. */
export interface PackedPage {
  readonly rows: SnapshotRows
  readonly rest: string
}

const [QUOTE, BACKSLASH, SLASH, COMMA, OPEN_LIST, CLOSE_LIST, CAPITAL_N, LOWER_U] = [0x22, 0x5C, 0x2F, 0x2C, 0x5B, 0x5D, 0x4E, 0x75]
const [TAB, NEWLINE, SPACE] = [0x09, 0x0A, 0x20]
/** Letters after a backslash that mean the same in JSON and in COPY: b f n r t, and the backslash itself. */
const SHARED_ESCAPES = new Set([0x62, 0x66, 0x6E, 0x72, 0x74, BACKSLASH])
const NULL = Uint8Array.of(0x6E, 0x75, 0x6C, 0x6C)

/**
 * Turns the snapshot rows that a page begins with into COPY's text without making an object of any of them: all inserts
 * of a page are alike but for their values, JSON's escapes are COPY's own but for `\"`, `\/` and `\u`, and so one pass
 * over the bytes does it. Of 117,572 folders all but the COPY took 0.9 s of processor time by the client's parser and its
 * objects, and takes 0.5 s by this.
 * @param page the body of an answer of Electric
 * @returns undefined where it does not begin with snapshot rows, or they are not written as Electric writes them
 */
export function packPage(page: Uint8Array): PackedPage | undefined {
  const skeleton = page[0] === OPEN_LIST ? readSkeleton(page, 1) : undefined
  if (!skeleton) return undefined
  const packer = new Packer(page, skeleton)
  let count = 0
  while (packer.packRow()) {
    count++
    if (page[packer.read] !== COMMA) break
    packer.read++
  }
  const isWhole = page[packer.read] === CLOSE_LIST && packer.read === page.length - 1
  // After a row there is nothing but a comma or the end: anything else is for the ordinary parser to complain about.
  if (count === 0 || (!isWhole && page[packer.read - 1] !== COMMA)) return undefined
  const rest = isWhole ? '[]' : `[${new TextDecoder('utf-8', { ignoreBOM: true }).decode(page.subarray(packer.read))}`
  return { rows: { columns: skeleton.columns, count, text: packer.written() }, rest }
}

/** Writes COPY's text from the messages that follow each other. Its loops run over each byte of a first sync. */
class Packer {
  /** Where the next message begins. */
  read = 1
  readonly #page: Uint8Array
  readonly #skeleton: Skeleton
  readonly #text: Uint8Array<ArrayBuffer>
  #write = 0

  constructor(page: Uint8Array, skeleton: Skeleton) {
    this.#page = page
    this.#skeleton = skeleton
    // No value is longer in COPY's text than in JSON's, quotes and separator included.
    this.#text = new Uint8Array(page.length)
  }

  written(): Uint8Array<ArrayBuffer> {
    return this.#text.slice(0, this.#write)
  }

  /** Reads one message and writes its row. False, and nothing read or written, where it is another one than the skeleton says. */
  packRow(): boolean {
    const { read } = this
    const write = this.#write
    if (this.#packParts()) return true
    this.read = read
    this.#write = write
    return false
  }

  #packParts(): boolean {
    const { parts, after } = this.#skeleton
    const text = this.#text
    const start = this.#write
    for (const { before, column } of parts) {
      if (!this.#skip(before)) return false
      if (column === null) {
        if (!this.#packString()) return false
        this.#write = start
        continue
      }
      if (this.#write > start) text[this.#write++] = TAB
      if (this.#page[this.read] === QUOTE) {
        if (!this.#packString()) return false
      }
      else {
        if (!this.#skip(NULL)) return false
        text[this.#write++] = BACKSLASH
        text[this.#write++] = CAPITAL_N
      }
    }
    if (!this.#skip(after)) return false
    text[this.#write++] = NEWLINE
    return true
  }

  #skip(bytes: Uint8Array): boolean {
    const page = this.#page
    const from = this.read
    for (let at = 0; at < bytes.length; at++) if (page[from + at] !== bytes[at]) return false
    this.read = from + bytes.length
    return true
  }

  #packString(): boolean {
    const page = this.#page
    const text = this.#text
    const end = page.length
    let from = this.read
    let to = this.#write
    if (page[from++] !== QUOTE) return false
    while (from < end) {
      const byte = page[from++] ?? 0
      if (byte === QUOTE) {
        this.read = from
        this.#write = to
        return true
      }
      if (byte !== BACKSLASH) {
        if (byte < SPACE) return false
        text[to++] = byte
        continue
      }
      this.read = from
      this.#write = to
      if (!this.#packEscape()) return false
      from = this.read
      to = this.#write
    }
    return false
  }

  /** What stands after a backslash. */
  #packEscape(): boolean {
    const text = this.#text
    const escaped = this.#page[this.read++] ?? 0
    if (SHARED_ESCAPES.has(escaped)) {
      text[this.#write++] = BACKSLASH
      text[this.#write++] = escaped
      return true
    }
    if (escaped === QUOTE || escaped === SLASH) {
      text[this.#write++] = escaped
      return true
    }
    const point = escaped === LOWER_U ? readCodePoint(this.#page, this.read) : undefined
    if (!point) return false
    text.set(point.bytes, this.#write)
    this.#write += point.bytes.length
    this.read += point.length
    return true
  }
}

const encoder = new TextEncoder()
const ESCAPES: Record<number, string> = { 0x08: '\\b', 0x09: '\\t', 0x0A: '\\n', 0x0C: '\\f', 0x0D: '\\r', 0x5C: '\\\\' }

/** What four hexadecimal digits (and a second half, with its own backslash) stand for, as COPY has it; nothing for NUL and half pairs, which no text holds. */
function readCodePoint(page: Uint8Array, at: number): { bytes: Uint8Array, length: number } | undefined {
  const high = readHex(page, at)
  if (high === undefined || high === 0) return undefined
  if (high < 0xD800 || high > 0xDFFF) return { bytes: encoder.encode(ESCAPES[high] ?? String.fromCharCode(high)), length: 4 }
  const low = page[at + 4] === BACKSLASH && page[at + 5] === LOWER_U ? readHex(page, at + 6) : undefined
  if (high > 0xDBFF || low === undefined || low < 0xDC00 || low > 0xDFFF) return undefined
  return { bytes: encoder.encode(String.fromCharCode(high, low)), length: 10 }
}

function readHex(page: Uint8Array, at: number): number | undefined {
  const digits = String.fromCharCode(...page.subarray(at, at + 4))
  return /^[\da-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined
}
