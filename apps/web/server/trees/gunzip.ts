import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Inflate } from '../../shared/trees/inflate'

/** Inflates as much as is asked for and no more: a file that would fill the memory is let go before it does. */
export const gunzip: Inflate = async function* (chunks) {
  const inflater = createGunzip()
  // Its failure comes out of the loop below; an early end of the loop is no failure.
  pipeline(chunks, inflater).catch(() => undefined)
  yield* inflater as AsyncIterable<Uint8Array>
}
