import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { ROOT } from './paths.mjs'

const LEFT_OUT = new Set(['node_modules', '.nuxt', '.output', '.data', 'test', '.git'])

function* filesUnder(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return
  if (stat.isFile()) return yield path
  for (const name of readdirSync(path).sort()) {
    if (!LEFT_OUT.has(name)) yield* filesUnder(`${path}/${name}`)
  }
}

/**
 * One hash over names and contents of files, so that an output knows what it was made of. Times say nothing in a clone.
 * @param {string[]} paths files or folders, relative to the clone; missing ones count as empty
 * @param {string} [more] anything else that the output depends on
 */
export function hashOf(paths, more = '') {
  const hash = createHash('sha256').update(more)
  for (const path of paths) {
    for (const file of filesUnder(`${ROOT}/${path}`)) hash.update(`\0${file.slice(ROOT.length)}\0`).update(readFileSync(file))
  }
  return hash.digest('hex')
}
