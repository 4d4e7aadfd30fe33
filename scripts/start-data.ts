import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { LAST_FILE, packStart, unpackStart, type StartData, type StartFile } from '../apps/web/worker/database/start-data'
import { createTables } from '../apps/web/worker/database/tables'
import { DATA } from './lib/paths.mjs'
import { hashOf } from './lib/sources.mjs'

const KEPT = join(DATA, 'build/start')
/** What the directory is made of: PGlite by the lock file, our tables by the worker's own sources. */
const SOURCES = ['apps/web/worker/database/start-data.ts', 'apps/web/worker/database/tables.ts', 'apps/web/worker/storage/device-tables.ts', 'apps/web/worker/search', 'apps/web/shared/generated', 'scripts/start-data.ts', 'pnpm-lock.yaml']

/** A log of small files: IndexedDB stores a changed file as a whole, and what is copied at the first open is short. */
const INITDB = ['--wal-segsize=1']
/** For the databases that begin so: with a log of small files, files that were in use are kept for a few of the next only. */
const CONFIGURATION = ['max_wal_size = 16MB', 'min_wal_size = 4MB']
const CONFIGURATION_FILE = 'postgresql.conf'

/** A file of the log that is used again would bring its former content along. */
const MAKING = ['wal_recycle=off', 'min_wal_size=2MB', 'max_wal_size=4MB']

/** PostgreSQL makes these again where they are missing; the last two speak of the process that made the directory. */
const LEFT_OUT = /_(?:fsm|vm)$|^postmaster\.(?:pid|opts)$/

/** The data directory that a new local database begins with: made once for the same sources and kept. It takes seconds. */
export async function startData(): Promise<StartData> {
  const kept = join(KEPT, hashOf(SOURCES))
  if (!existsSync(kept)) {
    await mkdir(KEPT, { recursive: true })
    await writeFile(`${kept}.${process.pid}`, packStart(await make()))
    await rename(`${kept}.${process.pid}`, kept)
  }
  const { buffer, byteOffset, length } = await readFile(kept)
  return unpackStart(buffer.slice(byteOffset, byteOffset + length))
}

async function make(): Promise<StartData> {
  const folder = await mkdtemp(join(tmpdir(), 'start-data-'))
  try {
    const pg = await PGlite.create({
      dataDir: folder,
      initDbStartParams: INITDB,
      startParams: [...PGlite.defaultStartParams, ...MAKING.flatMap(setting => ['-c', setting])],
    })
    // Two thirds of all files belong to the templates of databases that nobody here will create.
    for (const template of ['template0', 'template1']) {
      await pg.exec(`ALTER DATABASE ${template} IS_TEMPLATE false`)
      await pg.exec(`DROP DATABASE ${template}`)
    }
    // Before our tables, which must be as they are in a database that was never vacuumed.
    await pg.exec('VACUUM (FULL, FREEZE)')
    await createTables(pg)
    for (const statement of ['CHECKPOINT', 'SELECT pg_switch_wal()']) await pg.exec(statement)
    await pg.close()
    return await read(folder)
  }
  finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function read(folder: string): Promise<StartData> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const paths = (wanted: 'folders' | 'files') => entries.filter(entry => entry.isDirectory() === (wanted === 'folders'))
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll('\\', '/'))
    .filter(path => !LEFT_OUT.test(path))
    .toSorted()
  const files: StartFile[] = []
  const hash = createHash('sha256')
  for (const path of [...paths('files').filter(path => path !== LAST_FILE), LAST_FILE]) {
    const content = await readFile(join(folder, path))
    const bytes = new Uint8Array(path === CONFIGURATION_FILE ? Buffer.concat([content, Buffer.from(CONFIGURATION.map(line => `${line}\n`).join(''))]) : content)
    hash.update(`\0${path}\0`).update(bytes)
    files.push({ path, bytes })
  }
  return { version: hash.digest('hex').slice(0, 16), folders: paths('folders'), files }
}
