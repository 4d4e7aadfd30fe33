/** Empty but for the moment of a question; of the device, as it holds nothing of anybody. */
const NAME = 'device-room'

// As the browser gave them: while a database is opened, its calls of these are watched (database/file-handles.ts).
const { getDirectory } = globalThis.navigator?.storage ?? {}
const { getFileHandle, removeEntry } = globalThis.FileSystemDirectoryHandle?.prototype ?? {}
const { createSyncAccessHandle } = globalThis.FileSystemFileHandle?.prototype ?? {}

/**
 * Whether the browser would let this site store so many bytes more, by trying: a file is made that long and let go again.
 * What `estimate()` says is no answer: Chromium 156 says 10 GiB beyond what is taken, however much it would give.
 * @returns undefined where it cannot be tried (no OPFS, another worker tries just now)
 */
export async function fits(bytes: number): Promise<boolean | undefined> {
  if (!getDirectory || !getFileHandle || !removeEntry || !createSyncAccessHandle) return undefined
  try {
    const root = await getDirectory.call(navigator.storage)
    const handle = await createSyncAccessHandle.call(await getFileHandle.call(root, NAME, { create: true }))
    try {
      handle.truncate(bytes)
      return true
    }
    finally {
      handle.close()
      await removeEntry.call(root, NAME).catch(() => undefined)
    }
  }
  catch (error) {
    return error instanceof DOMException && error.name === 'QuotaExceededError' ? false : undefined
  }
}
