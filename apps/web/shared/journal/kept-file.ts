import * as z from 'zod/mini'
import { keptName } from '../protocol/device'
import type { Placed } from './entries-store'

/** See `EntriesStore`: how long after it was found again a journal may still be lost by what a kill has left. */
const DOUBTFUL_MS = 86_400_000

/** An entry is read by `readEntry`, which leaves one of a later version alone: here it is as it lay there. */
const noted = z.custom<Placed>(value => typeof value === 'object' && value !== null)
const schema = z.object({ at: z.number(), isFound: z.boolean(), last: z.number(), entries: z.array(noted) })

/** What is kept of a journal: its entries, which are JSON, and the highest place that was ever given. */
export interface Kept<Entry extends Placed = Placed> {
  readonly entries: readonly Entry[]
  readonly last: number
}

/**
 * What is in a journal while that is made anew, in a file of the origin's private file system: another store than the one that
 * is worked on, so that nothing that becomes of that one can take the edits along.
 */
export class KeptFile<Entry extends Placed = Placed> {
  readonly #name: string

  /** @param journal its name */
  constructor(journal: string) {
    this.#name = keptName(journal)
  }

  /** All of it is there when this resolves, or what was there before. Rejects where the browser has no such files. */
  async write(kept: Kept<Entry>, isFound = false): Promise<void> {
    const folder = await folderOfFiles()
    if (!folder || !('createWritable' in FileSystemFileHandle.prototype)) throw new DOMException('This browser keeps no files.', 'NotSupportedError')
    const stream = await (await folder.getFileHandle(this.#name, { create: true })).createWritable()
    await stream.write(JSON.stringify({ ...kept, at: Date.now(), isFound }))
    await stream.close()
  }

  /** Undefined where nothing is kept. */
  read(): Promise<Kept<Entry> | undefined> {
    return this.#read()
  }

  /** Whoever opens the journal found this beside it. Out: whether it stays, for a day from when it was found first. */
  async stays(): Promise<boolean> {
    const kept = await this.#read()
    if (!kept) return false
    if (!kept.isFound) {
      await this.write(kept, true)
      return true
    }
    if (Math.abs(Date.now() - kept.at) <= DOUBTFUL_MS) return true
    await this.remove()
    return false
  }

  async remove(): Promise<void> {
    await (await folderOfFiles())?.removeEntry(this.#name).catch(orNothing)
  }

  async #read(): Promise<Kept<Entry> & Pick<z.infer<typeof schema>, 'at' | 'isFound'> | undefined> {
    const handle = await (await folderOfFiles())?.getFileHandle(this.#name).catch(orNothing)
    const text = await (await handle?.getFile())?.text()
    // Empty: it was made and never written.
    if (!text) return undefined
    try {
      return schema.parse(JSON.parse(text)) as Kept<Entry> & z.infer<typeof schema>
    }
    catch (error) {
      // Nothing can be made of it any more; a journal that is whole must open all the same.
      console.error('What was kept of the journal cannot be read:', error)
      return undefined
    }
  }
}

/** Undefined where there are none: private windows of Firefox refuse them, and in WebKitGTK asking for them never answers. */
async function folderOfFiles(): Promise<FileSystemDirectoryHandle | undefined> {
  if (typeof navigator === 'undefined' || typeof navigator.storage?.getDirectory !== 'function' || typeof FileSystemFileHandle === 'undefined') return undefined
  return navigator.storage.getDirectory().catch(() => undefined)
}

function orNothing(error: unknown): undefined {
  if (error instanceof DOMException && error.name === 'NotFoundError') return undefined
  throw error
}
