import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { versionOf } from './worker-files'

/** What PGlite loads, by `import.meta.url`. */
export const ENGINE_FILES = ['pglite.wasm', 'initdb.wasm', 'pglite.data']

/** The same files as the app's pages and the form's load them, by their names: at one address, so that a device fetches them once. */
export function engineFiles(): Record<string, { url: string, content: Buffer }> {
  const folder = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'))
  return Object.fromEntries(ENGINE_FILES.map((name) => {
    const content = readFileSync(join(folder, name))
    return [name, { url: `/workers/${name}?v=${versionOf(content)}`, content }]
  }))
}
