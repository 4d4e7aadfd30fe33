/**
 * A data directory of PostgreSQL with our tables in it, made by the build: a new database begins as a copy of it, instead
 * of a second PGlite that runs initdb. One file: the length of the head (4 bytes, little endian), the head as JSON, then
 * the files' bytes in the head's order.
 */
export interface StartData {
  /** Which build made it: the worker takes its own build's only. */
  readonly version: string
  /** Each after the one that it lies in. */
  readonly folders: readonly string[]
  readonly files: readonly StartFile[]
}

export interface StartFile {
  /** From the top of the data directory, without a slash before it. */
  readonly path: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

interface Head { version: string, folders: readonly string[], files: { path: string, size: number }[] }

/** PGlite takes a directory that has this file for a database: it is written last, so that half a copy is none. */
export const LAST_FILE = 'PG_VERSION'

const LENGTH_BYTES = 4

/** Puts a data directory into one file. */
export function packStart({ version, folders, files }: StartData): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(JSON.stringify({ version, folders, files: files.map(({ path, bytes }) => ({ path, size: bytes.length })) } satisfies Head))
  const packed = new Uint8Array(LENGTH_BYTES + head.length + files.reduce((sum, { bytes }) => sum + bytes.length, 0))
  new DataView(packed.buffer).setUint32(0, head.length, true)
  packed.set(head, LENGTH_BYTES)
  let at = LENGTH_BYTES + head.length
  for (const { bytes } of files) {
    packed.set(bytes, at)
    at += bytes.length
  }
  return packed
}

/** The directory again; its files are views of the buffer. @throws where the buffer is something else, or was cut */
export function unpackStart(buffer: ArrayBuffer): StartData {
  const length = new DataView(buffer).getUint32(0, true)
  const { version, folders, files } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, LENGTH_BYTES, length))) as Head
  let at = LENGTH_BYTES + length
  const views = files.map(({ path, size }) => {
    const bytes = new Uint8Array(buffer, at, size)
    at += size
    return { path, bytes }
  })
  return { version, folders, files: views }
}
