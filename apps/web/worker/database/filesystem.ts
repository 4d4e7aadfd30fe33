import { IdbFs, MemoryFS, PGlite } from '@electric-sql/pglite'
import { OpfsAhpFS } from '@electric-sql/pglite/opfs-ahp'
import type { StartData } from './start-data'
import type { Storage } from './storage'

/** PostgreSQL refuses a data directory that others may read. */
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600
/** Files that PGlite keeps open for what is made next. */
const SPARE_FILES = 100

/**
 * The file system for a storage. Where it has no database yet, it puts the start data there before PGlite looks for one.
 * @param start undefined where there is a database, or where initdb is to make one
 */
export function filesystem({ kind, name }: Storage, start: StartData | undefined): OpfsAhpFS | IdbFs | MemoryFS {
  switch (kind) {
    case 'opfs': return start ? new StartedOpfs(name, start) : new OpfsAhpFS(name)
    case 'idb': return start ? new StartedIdb(name, start) : new IdbFs(name)
    case 'memory': return start ? new StartedMemory(start) : new MemoryFS()
  }
}

/**
 * On OPFS each file of PostgreSQL is a file with a handle of its own: as many as the start data has are made at once
 * (PGlite's own number is 1,000), and each is written as it is taken.
 */
class StartedOpfs extends OpfsAhpFS {
  #start: StartData | undefined

  constructor(name: string, start: StartData) {
    super(name, { initialPoolSize: start.files.length + SPARE_FILES })
    this.#start = start
  }

  override async init(...given: Parameters<OpfsAhpFS['init']>): ReturnType<OpfsAhpFS['init']> {
    const options = await super.init(...given)
    for (const folder of this.#start?.folders ?? []) this.mkdir(`/${folder}`, { mode: S_IFDIR | FOLDER_MODE })
    for (const { path, bytes } of this.#start?.files ?? []) this.writeFile(`/${path}`, bytes, { mode: S_IFREG | FILE_MODE })
    this.#start = undefined
    return options
  }
}

/** On IndexedDB all lies in memory, and the first flush stores it in one transaction. */
class StartedIdb extends IdbFs {
  #start: StartData | undefined

  constructor(name: string, start: StartData) {
    super(name)
    this.#start = start
  }

  override async initialSyncFs(): Promise<void> {
    await super.initialSyncFs()
    if (this.pg && this.#start) writeInto(this.pg, this.#start)
    this.#start = undefined
  }
}

class StartedMemory extends MemoryFS {
  #start: StartData | undefined

  constructor(start: StartData) {
    super()
    this.#start = start
  }

  override async initialSyncFs(): Promise<void> {
    await super.initialSyncFs()
    if (this.pg && this.#start) writeInto(this.pg, this.#start)
    this.#start = undefined
  }
}

const S_IFDIR = 0o040000
const S_IFREG = 0o100000

function writeInto({ Module: { FS } }: PGlite, { folders, files }: StartData): void {
  const { PGDATA } = PGlite.paths
  if (!FS.analyzePath(PGDATA).exists) FS.mkdir(PGDATA, FOLDER_MODE)
  for (const folder of folders) {
    if (!FS.analyzePath(`${PGDATA}/${folder}`).exists) FS.mkdir(`${PGDATA}/${folder}`, FOLDER_MODE)
  }
  // A copy: the file system keeps what it is given.
  for (const { path, bytes } of files) FS.writeFile(`${PGDATA}/${path}`, bytes.slice(), { mode: FILE_MODE })
}
