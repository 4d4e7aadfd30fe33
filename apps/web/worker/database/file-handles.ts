import { isHeld } from './storage'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2000

/**
 * PGlite keeps its files in a folder of their own. What is deleted beside that while it opens (last answers, at the purge
 * of one more company) is not the opening's, and may not be there: that was taken for a failure, and everything fetched again.
 */
const isRoot = (folder: FileSystemDirectoryHandle) => folder.name === ''

/** Why a call of an opening that is over, or that would wait for itself, is not made. */
class HandleError extends Error {}

/**
 * Runs what opens a database on OPFS. Each file that somebody else holds is waited for, as long as it takes: after a
 * worker was terminated the browser keeps its handles for seconds (3.5 s measured on an idle machine, longer on a busy
 * one). PGlite alone would leave such a file out and break the database, or wait for ever: it drops what the file system
 * says in promises of its own. So its calls are watched, and one that fails is the failure of the whole.
 * Where the work fails, every handle that it took is closed, and this ends when no call of it is under way: else the
 * next try would meet the last one's calls and find its own files held. Nothing else in the worker uses folders of OPFS
 * meanwhile.
 * @param onHeld called at each try that finds a file held
 * @throws what the work throws, or the first error of the file system
 */
export async function withFileHandles<T>(onHeld: () => void, work: () => Promise<T>): Promise<T> {
  if (!('FileSystemFileHandle' in self) || !('createSyncAccessHandle' in FileSystemFileHandle.prototype)) return work()
  const { prototype: file } = FileSystemFileHandle
  const { prototype: folder } = FileSystemDirectoryHandle
  const { createSyncAccessHandle } = file
  const { getFileHandle, removeEntry } = folder
  const handles = new Set<FileSystemSyncAccessHandle>()
  const names = new Set<string>()
  const pending = new Set<Promise<unknown>>()
  const over = new AbortController()
  let fail = (_: unknown) => {}
  const failed = new Promise<never>((_, reject) => { fail = reject })

  function watched<Result>(call: () => Promise<Result>): Promise<Result> {
    const running = (async () => {
      over.signal.throwIfAborted()
      const result = await call()
      // No word of PGlite's that waited for this may go on to its next call.
      over.signal.throwIfAborted()
      return result
    })()
    const noted = running.catch(fail).finally(() => pending.delete(noted))
    pending.add(noted)
    return running
  }

  file.createSyncAccessHandle = function () {
    return watched(async () => {
      // Ours already: to wait for it would be for ever.
      if (names.has(this.name)) throw new HandleError(`${this.name} is opened twice`)
      names.add(this.name)
      const handle = await whileHeld(() => createSyncAccessHandle.call(this), onHeld, over.signal)
      if (over.signal.aborted) handle.close()
      else handles.add(handle)
      return handle
    })
  }
  folder.getFileHandle = function (...given) { return isRoot(this) ? getFileHandle.apply(this, given) : watched(() => getFileHandle.apply(this, given)) }
  folder.removeEntry = function (...given) { return isRoot(this) ? removeEntry.apply(this, given) : watched(() => removeEntry.apply(this, given)) }
  try {
    return await Promise.race([work(), failed])
  }
  catch (error) {
    over.abort(new HandleError('The opening is over'))
    for (const handle of handles) handle.close()
    while (pending.size > 0) await Promise.all(pending)
    throw error
  }
  finally {
    Object.assign(file, { createSyncAccessHandle })
    Object.assign(folder, { getFileHandle, removeEntry })
  }
}

/**
 * Does something again, after longer and longer pauses, as long as it fails because a file is held.
 * @throws what else it fails with; the reason of the signal once that is aborted
 */
export async function whileHeld<T>(work: () => Promise<T>, onHeld: () => void, signal?: AbortSignal): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    try {
      return await work()
    }
    catch (error) {
      if (!isHeld(error)) throw error
    }
    onHeld()
    await new Promise<void>((resolve) => {
      setTimeout(resolve, pause)
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
    signal?.throwIfAborted()
  }
}
