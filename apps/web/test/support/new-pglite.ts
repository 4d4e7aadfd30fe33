import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite, type PGliteOptions } from '@electric-sql/pglite'

// Nuxt's test environment has no `import.meta.url` that is a file.
const packages = join(import.meta.dirname, '../../node_modules')
const { version } = JSON.parse(readFileSync(join(packages, '@electric-sql/pglite/package.json'), 'utf8')) as { version: string }

const cache = join(packages, '.cache/multi-vendor-db')
/** Made by one test file for all that follow, of this run and of later ones. */
const file = join(cache, `pglite-${version}.tar`)

/**
 * A new PGlite for a test in Node, empty as `initdb` leaves it. From a copy of what initdb made: that takes 1.3 s of CPU
 * where initdb takes 3.4, and no test of ours is about initdb.
 */
export async function newPGlite(options: PGliteOptions = {}): Promise<PGlite> {
  if (existsSync(file)) return PGlite.create({ ...options, loadDataDir: new Blob([readFileSync(file)]) })
  const first = await PGlite.create()
  const dump = Buffer.from(await (await first.dumpDataDir('none')).arrayBuffer())
  await first.close()
  await mkdir(cache, { recursive: true })
  // Another process may make it at the same time: each writes a file of its own, and the last one stays.
  const own = `${file}.${process.pid}`
  await writeFile(own, dump)
  await rename(own, file)
  return newPGlite(options)
}
