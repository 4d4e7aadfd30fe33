/** Messages of PostgreSQL's protocol, as far as a read needs them; values travel as text. */
const encoder = new TextEncoder()

type Part = string | Uint8Array | { readonly int16: number } | { readonly int32: number }

const int = (size: 2 | 4, value: number) => {
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  if (size === 2) view.setInt16(0, value)
  else view.setInt32(0, value)
  return bytes
}

function bytesOf(part: Part): Uint8Array {
  if (part instanceof Uint8Array) return part
  if (typeof part === 'string') return encoder.encode(`${part}\0`)
  return 'int16' in part ? int(2, part.int16) : int(4, part.int32)
}

/** One after another. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function message(type: string, parts: readonly Part[]): Uint8Array {
  const body = joined(parts.map(bytesOf))
  return joined([encoder.encode(type), int(4, body.length + 4), body])
}

const STATEMENT = encoder.encode('S')

/** Parses a text under a name; '' for the one statement that has none. */
export const parseMessage = (name: string, sql: string, types: readonly number[] = []) =>
  message('P', [name, sql, { int16: types.length }, ...types.map(type => ({ int32: type }))])
export const describeMessage = (name: string) => message('D', [STATEMENT, name])
export const closeMessage = (name: string) => message('C', [STATEMENT, name])

/** Gives values to a statement, and runs it. */
export function runMessages(name: string, values: readonly (string | null)[]): Uint8Array {
  const given = values.flatMap((value): Part[] => {
    if (value === null) return [{ int32: -1 }]
    const bytes = encoder.encode(value)
    return [{ int32: bytes.length }, bytes]
  })
  const bind = message('B', ['', name, { int16: 0 }, { int16: values.length }, ...given, { int16: 0 }])
  return joined([bind, message('E', ['', { int32: 0 }]), message('S', [])])
}

export const syncMessage = () => message('S', [])
