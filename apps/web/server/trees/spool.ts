import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { H3Event } from 'h3'
import { Refusal } from '../http/refusal'

export interface Spooled {
  /** Reads it from its beginning. */
  open: () => AsyncIterable<Uint8Array>
  remove: () => Promise<void>
}

/**
 * Keeps the body of a request in a file of its own until it was read as often as needed: whether a file is refused whole
 * is known at its end only. Throws `too_large`; then nothing is kept.
 */
export async function spoolBody(event: H3Event, limit: number): Promise<Spooled> {
  const folder = await mkdtemp(join(tmpdir(), 'mvdb-import-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const file = join(folder, 'body')
  try {
    let size = 0
    // Left early, a plain loop would destroy the request: its rest could not be read away before the answer.
    const body = event.node.req.iterator({ destroyOnReturn: false })
    await pipeline(async function* () {
      for await (const chunk of body) {
        size += (chunk as Buffer).length
        if (size > limit) throw new Refusal('too_large')
        yield chunk as Buffer
      }
    }, createWriteStream(file, { mode: 0o600 }))
  }
  catch (error) {
    await remove()
    throw error
  }
  return { open: () => createReadStream(file), remove }
}
