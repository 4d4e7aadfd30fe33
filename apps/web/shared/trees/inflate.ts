import { MAX_FILE_BYTES, MAX_INFLATED_BYTES, MAX_RATIO, RATIO_FROM_BYTES } from './limits'
import { TreeFileError } from './refusals'

export interface FileLimits { fileBytes: number, inflatedBytes: number }

/** Inflates gzip as it comes. What the source throws it throws on; any other error means a damaged file. */
export type Inflate = (chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>) => AsyncIterable<Uint8Array>

const STANDARD: FileLimits = { fileBytes: MAX_FILE_BYTES, inflatedBytes: MAX_INFLATED_BYTES }

/**
 * The bytes of a file, inflated where it is gzip (told by its first bytes; `named` says that its name or type claims it).
 * Never holds the whole file. Throws TreeFileError `not_gzip`, `broken_gzip`, `inflates_too_much` or `too_large`.
 */
export async function* fileBytes(chunks: AsyncIterable<Uint8Array>, named: boolean, limits = STANDARD, inflate: Inflate = webInflate): AsyncGenerator<Uint8Array> {
  const size = { packed: 0 }
  const source = counted(chunks, size, limits.fileBytes)
  const first = await start(source)
  const whole = joined(first, source)
  if (first[0] === 0x1F && first[1] === 0x8B) {
    yield* bounded(sound(inflate(whole)), size, limits.inflatedBytes)
    return
  }
  if (named && first.length > 0) throw new TreeFileError('not_gzip')
  yield* whole
}

async function* counted(chunks: AsyncIterable<Uint8Array>, size: { packed: number }, limit: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const chunk of chunks) {
    size.packed += chunk.length
    if (size.packed > limit) throw new TreeFileError('too_large')
    yield chunk as Uint8Array<ArrayBuffer>
  }
}

/** The first two bytes or more, however small the pieces are in which they come. */
async function start(source: AsyncGenerator<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array(0)
  while (bytes.length < 2) {
    const { done, value } = await source.next()
    if (done) break
    const more = new Uint8Array(bytes.length + value.length)
    more.set(bytes)
    more.set(value, bytes.length)
    bytes = more
  }
  return bytes
}

async function* joined(first: Uint8Array<ArrayBuffer>, rest: AsyncGenerator<Uint8Array<ArrayBuffer>>) {
  yield first
  yield* rest
}

/** Errors of an inflater are all the same to a person: the file is damaged. */
async function* sound(inflated: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* inflated
  }
  catch (error) {
    throw error instanceof TreeFileError ? error : new TreeFileError('broken_gzip')
  }
}

/** The inflater of browsers. Node has it too, but takes in the whole packed file there, however slowly it is read. */
async function* webInflate(source: AsyncGenerator<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array> {
  let failure: unknown
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await source.next()
        if (done) controller.close()
        else controller.enqueue(value)
      }
      catch (error) {
        failure = error
        controller.error(error)
      }
    },
    async cancel() { await source.return(undefined) },
  })
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  }
  catch (error) {
    throw failure ?? error
  }
  finally {
    await reader.cancel().catch(() => undefined)
  }
}

async function* bounded(chunks: AsyncIterable<Uint8Array>, size: { packed: number }, limit: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > limit || (bytes > RATIO_FROM_BYTES && bytes > size.packed * MAX_RATIO)) throw new TreeFileError('inflates_too_much')
    yield chunk
  }
}
