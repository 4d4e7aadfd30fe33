import { MAX_LINE_BYTES } from './limits'
import { TreeFileError, type LineRefusalCode } from './refusals'

/** One line of a file without its end; `refused` where its bytes are no text. */
export interface Line { number: number, text: string, refused?: LineRefusalCode }

const LF = 0x0A

/**
 * Splits a stream of bytes into lines of text, as many at a time as came whole. Holds no more than one chunk and one
 * line. Throws TreeFileError `not_utf8` where the file begins as UTF-16.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line[]> {
  // A byte order mark is stripped here, at the start of the file only.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let rest = new Uint8Array(0)
  let skipping = false
  let number = 0

  const take = (bytes: Uint8Array): Line[] => {
    const lines = decode(decoder, bytes).map((line): Line => {
      number++
      const text = line.text.endsWith('\r') ? line.text.slice(0, -1) : line.text
      const whole = number === 1 ? text.replace(/^\uFEFF/, '') : text
      if (skipping || whole.length > MAX_LINE_BYTES) {
        skipping = false
        return { number, text: '', refused: 'line_too_long' }
      }
      return { number, text: whole, refused: line.refused }
    })
    return lines
  }

  let first = true
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue
    const bytes = rest.length > 0 ? join(rest, chunk) : chunk
    if (first && bytes.length >= 2) {
      if ((bytes[0] === 0xFF && bytes[1] === 0xFE) || (bytes[0] === 0xFE && bytes[1] === 0xFF)) throw new TreeFileError('not_utf8')
      first = false
    }
    const end = bytes.lastIndexOf(LF)
    if (end >= 0) yield take(bytes.subarray(0, end))
    rest = bytes.slice(end + 1)
    if (rest.length > MAX_LINE_BYTES) {
      skipping = true
      rest = new Uint8Array(0)
    }
  }
  if (rest.length > 0 || skipping) yield take(rest)
}

/** Lines of bytes that hold no half of one. One broken line costs the others nothing. */
function decode(decoder: TextDecoder, bytes: Uint8Array): { text: string, refused?: LineRefusalCode }[] {
  try {
    return decoder.decode(bytes).split('\n').map(text => ({ text }))
  }
  catch {
    const lines: { text: string, refused?: LineRefusalCode }[] = []
    for (let from = 0; from <= bytes.length;) {
      const at = bytes.indexOf(LF, from)
      const end = at < 0 ? bytes.length : at
      try {
        lines.push({ text: decoder.decode(bytes.subarray(from, end)) })
      }
      catch {
        lines.push({ text: '', refused: 'not_utf8' })
      }
      from = end + 1
    }
    return lines
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
