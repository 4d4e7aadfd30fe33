import { isHeld } from './storage'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2000

/** An error of the file system that PGlite drops: what it was about would never come. */
class HandleError extends Error {}

/**
 * Runs what opens a database on OPFS. Each file that somebody else holds is waited for, as long as it takes: after a
 * worker was terminated the browser keeps its handles for seconds (3.5 s measured on an idle machine, longer on a busy
 * one). PGlite alone would leave such a file out and break the database, or wait for ever.
 * Where the work fails, every handle it took is closed: PGlite forgets them, and the next try would find its own files held.
 * @param onHeld called at each try that finds a file held
 * @throws what the work throws; also what PGlite drops of the file system's errors
 */
export async function withFileHandles<T>(onHeld: () => void, work: () => Promise<T>): Promise<T> {
  if (!('FileSystemFileHandle' in self) || !('createSyncAccessHandle' in FileSystemFileHandle.prototype)) return work()
  const { prototype } = FileSystemFileHandle
  const { createSyncAccessHandle: open } = prototype
  const handles = new Set<FileSystemSyncAccessHandle>()
  const names = new Set<string>()
  let over = false

  prototype.createSyncAccessHandle = async function (this: FileSystemFileHandle) {
    // Ours already: to wait for it would be for ever.
    if (names.has(this.name)) throw new HandleError(`${this.name} is opened twice`)
    names.add(this.name)
    const handle = await whileHeld(() => {
      if (over) throw new HandleError('The opening is over')
      return open.call(this)
    }, onHeld)
    if (!over) handles.add(handle)
    else handle.close()
    return handle
  }
  let dropped = (_: PromiseRejectionEvent) => {}
  const drop = new Promise<never>((_, reject) => {
    dropped = (event) => {
      if (event.reason instanceof DOMException || event.reason instanceof HandleError) reject(event.reason)
    }
  })
  self.addEventListener('unhandledrejection', dropped)
  try {
    return await Promise.race([work(), drop])
  }
  catch (error) {
    over = true
    for (const handle of handles) handle.close()
    throw error
  }
  finally {
    prototype.createSyncAccessHandle = open
    self.removeEventListener('unhandledrejection', dropped)
  }
}

/** Does something again, after longer and longer pauses, as long as it fails because a file is held. */
export async function whileHeld<T>(work: () => Promise<T>, onHeld: () => void): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    try {
      return await work()
    }
    catch (error) {
      if (!isHeld(error)) throw error
    }
    onHeld()
    await new Promise(resolve => setTimeout(resolve, pause))
  }
}
