import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const built = fileURLToPath(new URL('../../.output', import.meta.url))
const COLUMN = '"columns": ['

/** A built server of the next release: the same, but for one more column of folders, in its migrations and in its catalogue. */
export interface NextRelease {
  /** Its entry. */
  readonly server: string
  remove(): Promise<void>
}

/** Makes it of the build that there is, without building: what derives from the catalogue in the server is made anew when it starts. */
export async function nextRelease(column: string): Promise<NextRelease> {
  const folder = await mkdtemp(join(tmpdir(), 'mvdb-next-'))
  await cp(built, join(folder, 'output'), { recursive: true, verbatimSymlinks: true })
  const server = join(folder, 'output/server')
  await addMigration(join(server, 'migrations'), `ALTER TABLE folders ADD COLUMN ${column} text`)
  const files = (await readdir(server, { recursive: true })).filter(name => name.endsWith('.mjs') && !name.includes('node_modules'))
  let changed = 0
  for (const name of files) changed += Number(await addToCatalogue(join(server, name), column))
  // The one that migrates, and the one that serves.
  if (changed !== 2) throw new Error(`the catalogue stands in ${changed} files of the built server, not in 2`)
  return { server: join(server, 'start.mjs'), remove: () => rm(folder, { recursive: true, force: true }) }
}

async function addMigration(folder: string, sql: string): Promise<void> {
  const path = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(await readFile(path, 'utf8')) as { entries: { idx: number, version: string, when: number, tag: string, breakpoints: boolean }[] }
  const last = journal.entries.at(-1)
  if (!last) throw new Error('there are no migrations')
  const tag = '9999_next_release'
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag })
  await writeFile(path, JSON.stringify(journal))
  await writeFile(join(folder, `${tag}.sql`), sql)
}

/** Adds the column to the shape of folders where the generated catalogue stands in a file. Out: whether it does. */
async function addToCatalogue(path: string, column: string): Promise<boolean> {
  const text = await readFile(path, 'utf8')
  const shape = text.indexOf('"keySuffix": "-folders"')
  if (shape < 0) return false
  const at = text.indexOf(COLUMN, shape) + COLUMN.length
  await writeFile(path, `${text.slice(0, at)}{ "name": "${column}", "type": "text", "notNull": false },${text.slice(at)}`)
  return true
}
