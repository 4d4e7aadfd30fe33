import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** What a file or folder holds is on the disk when it resolves; PGlite leaves that to the system, which takes half a minute. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  }
  finally {
    await handle.close()
  }
}

/** The same of a folder with all that is in it. */
export async function syncFolder(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile() || entry.isDirectory()).map(entry => join(entry.parentPath, entry.name))
  // A few at a time: a process may have 1024 files open.
  for (let first = 0; first < paths.length; first += 64) await Promise.all(paths.slice(first, first + 64).map(syncPath))
  await syncPath(folder)
}
