import { indexedDbName } from '#shared/protocol/leader'
import type { StorageKind } from '#shared/protocol/storage'
import { LAST_FILE } from './start-data'

/** Where a local database lives on this device. */
export interface Storage {
  readonly kind: StorageKind
  /** Of the folder in OPFS; in IndexedDB PGlite puts its own path before it. */
  readonly name: string
}

const PROBE = '.storage-probe'

/** A browser that has not answered by then never will. */
const PROBE_MS = 5000

/**
 * Where the database already is; elsewhere OPFS where it truly works, and IndexedDB where it does not. It is tried and not
 * asked for: WebKitGTK has part of the interface and then hangs for ever. A database in OPFS is not tried: a device that is
 * full refuses the try, and an empty database in IndexedDB would hide it from then on. For the same reason one that was
 * begun there is looked at however long that takes: a browser that is busy answers late.
 * @param begun where something of the database was seen
 */
export async function chooseStorage(database: string, begun: StorageKind | undefined): Promise<Storage> {
  const opfs = storageOf('opfs', database)
  if (begun === 'opfs' ? await isMade(opfs).catch(() => false) : await inTime(isMade(opfs))) return opfs
  if (await hasIdb(database)) return storageOf('idb', database)
  return await inTime(opfsWorks()) ? opfs : storageOf('idb', database)
}

const inTime = (work: Promise<boolean>): Promise<boolean> => Promise.race([
  work.catch(() => false),
  new Promise<boolean>(resolve => setTimeout(resolve, PROBE_MS, false)),
])

export const storageOf = (kind: StorageKind, name: string): Storage => ({ kind, name })

async function hasIdb(database: string): Promise<boolean> {
  return (await indexedDB.databases()).some(({ name }) => name === indexedDbName(database))
}

async function opfsWorks(): Promise<boolean> {
  if (typeof FileSystemFileHandle === 'undefined' || !('createSyncAccessHandle' in FileSystemFileHandle.prototype)) return false
  const root = await navigator.storage.getDirectory()
  const file = await root.getFileHandle(PROBE, { create: true })
  const handle = await file.createSyncAccessHandle().catch((error: unknown) => {
    // Held by another worker that probes at this moment: then it works there, and so here.
    if (isHeld(error)) return undefined
    throw error
  })
  handle?.close()
  if (handle) await root.removeEntry(PROBE).catch(() => undefined)
  return true
}

/**
 * Whether a storage has a whole database: one that begins is none before its last file is there. It opens no file that
 * somebody could hold.
 */
export async function isMade({ kind, name }: Storage): Promise<boolean> {
  switch (kind) {
    case 'opfs': return isMadeOnOpfs(name)
    case 'idb': return isMadeOnIdb(name)
    case 'memory': return false
  }
}

/** PGlite's own list of the files, to which it adds a line for each that it makes. */
const STATE_FILE = 'state.txt'

async function isMadeOnOpfs(name: string): Promise<boolean> {
  if (typeof navigator.storage?.getDirectory !== 'function') return false
  const root = await navigator.storage.getDirectory()
  const folder = await root.getDirectoryHandle(name).catch(() => undefined)
  if (!folder) return false
  for await (const [entry, handle] of folder.entries()) {
    if (entry === STATE_FILE && handle instanceof FileSystemFileHandle) return listsLastFile(handle)
  }
  return false
}

async function listsLastFile(state: FileSystemFileHandle): Promise<boolean> {
  const text = await state.getFile().then(file => file.text(), () => undefined)
  // What cannot be read now may well be a database.
  if (text === undefined) return true
  const [tree = '', ...made] = text.split('\n')
  if (made.some(line => line.includes(`"/${LAST_FILE}"`))) return true
  try {
    return LAST_FILE in (JSON.parse(tree) as { root: { children: object } }).root.children
  }
  catch {
    // PGlite begins anew then, too.
    return false
  }
}

async function isMadeOnIdb(name: string): Promise<boolean> {
  if (!await hasIdb(name)) return false
  return new Promise((resolve) => {
    const request = indexedDB.open(indexedDbName(name))
    // What cannot be looked at now may well be a database.
    request.onerror = () => resolve(true)
    request.onsuccess = () => {
      const { result: database } = request
      const done = (made: boolean) => {
        database.close()
        resolve(made)
      }
      if (!database.objectStoreNames.contains(IDBFS_STORE)) return done(false)
      const count = database.transaction(IDBFS_STORE).objectStore(IDBFS_STORE).count(`${indexedDbName(name)}/${LAST_FILE}`)
      count.onsuccess = () => done(count.result > 0)
      count.onerror = () => done(false)
    }
  })
}

/** Where Emscripten keeps files in IndexedDB. */
const IDBFS_STORE = 'FILE_DATA'

/** The browser still holds the file for a worker that is gone or going. */
export const isHeld = (error: unknown) => error instanceof DOMException && (error.name === 'NoModificationAllowedError' || error.name === 'InvalidStateError')

/** Deletes a closed database from this device. Rejects where something still holds it. */
export async function deleteDatabase({ kind }: Storage, database: string): Promise<void> {
  if (kind === 'opfs') {
    const root = await navigator.storage.getDirectory()
    await root.removeEntry(database, { recursive: true }).catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error
    })
    return
  }
  if (kind === 'memory') return
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(indexedDbName(database))
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error ?? new Error('The database could not be deleted'))
    request.onblocked = () => reject(new Error('The database is still open elsewhere'))
  })
}
