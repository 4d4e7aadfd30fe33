import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Beside the worker's bundle: the version of each of its files, which stands in their addresses as `?v=`. */
export const VERSIONS_FILE = 'versions.json'

/** What names a file by its content. */
export const versionOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex').slice(0, 16)

/** The versions by file name; none where the worker has not been built. */
export function workerVersions(folder: string): Record<string, string> {
  const file = join(folder, VERSIONS_FILE)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Record<string, string> : {}
}
