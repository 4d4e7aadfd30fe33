import { indexedDbName } from '#shared/protocol/leader'

/** Where a local database lives on this device. */
export interface Storage {
  readonly kind: 'opfs' | 'idb'
  /** PGlite's `dataDir`. */
  readonly dataDir: string
}

const PROBE = '.storage-probe'

/** A browser that has not answered by then never will. */
const PROBE_MS = 5000

/**
 * OPFS where it truly works, IndexedDB elsewhere and where the database already is there. It is tried and not asked for:
 * WebKitGTK has part of the interface and then hangs for ever.
 */
export async function chooseStorage(database: string): Promise<Storage> {
  if (await hasIdb(database)) return idb(database)
  const works = await Promise.race([
    opfsWorks().catch(() => false),
    new Promise<boolean>(resolve => setTimeout(resolve, PROBE_MS, false)),
  ])
  return storageOf(works ? 'opfs' : 'idb', database)
}

/** The place of a database in a kind of storage. */
export const storageOf = (kind: Storage['kind'], database: string): Storage => kind === 'idb' ? idb(database) : { kind, dataDir: `opfs-ahp://${database}` }

/** The place for a browser whose OPFS cannot hold a database after all (Safari limits how many files are open). */
export const idb = (database: string): Storage => ({ kind: 'idb', dataDir: `idb://${database}` })

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
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(indexedDbName(database))
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error ?? new Error('The database could not be deleted'))
    request.onblocked = () => reject(new Error('The database is still open elsewhere'))
  })
}
