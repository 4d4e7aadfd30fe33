import { SWEEP_NAME } from '#shared/protocol/device'
import { whileHeld } from './file-handles'
import { untilAborted } from './until-aborted'

/** A database's place: a folder of OPFS or an IndexedDB database, by the name that it has there. */
export interface Store { readonly kind: 'opfs' | 'idb', readonly name: string }

/** The OPFS entries and IndexedDB databases whose name is meant. */
export async function listStores(isMeant: (name: string) => boolean): Promise<Store[]> {
  return [
    ...(await foldersOf(isMeant)).map(name => ({ kind: 'opfs', name } as const)),
    ...(await databasesOf(isMeant)).map(name => ({ kind: 'idb', name } as const)),
  ]
}

async function foldersOf(isMeant: (name: string) => boolean): Promise<string[]> {
  // WebKitGTK has none, and asking for it there never answers.
  if (typeof navigator.storage?.getDirectory !== 'function') return []
  const names: string[] = []
  for await (const name of (await navigator.storage.getDirectory()).keys()) if (isMeant(name)) names.push(name)
  return names
}

const databasesOf = async (isMeant: (name: string) => boolean) =>
  (await indexedDB.databases()).flatMap(({ name }) => name !== undefined && isMeant(name) ? [name] : [])

/**
 * Deletes the OPFS entries and IndexedDB databases whose name is meant, bytes and all.
 * @param patience for how many ms what is held elsewhere is waited for
 * @throws where something was still held then, after everything else is deleted
 */
export async function deleteStores(isMeant: (name: string) => boolean, patience: number): Promise<void> {
  const signal = AbortSignal.timeout(patience)
  const failed = (await Promise.allSettled([deleteFolders(isMeant, signal), deleteDatabases(isMeant, signal)])).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}

async function deleteFolders(isMeant: (name: string) => boolean, signal: AbortSignal): Promise<void> {
  const names = await foldersOf(isMeant)
  if (names.length === 0) return
  const root = await navigator.storage.getDirectory()
  await all(names, name => whileHeld(() => removeFolder(root, name), () => {}, signal))
}

async function deleteDatabases(isMeant: (name: string) => boolean, signal: AbortSignal): Promise<void> {
  const names = await databasesOf(isMeant)
  await all(names, name => untilAborted(signal, deleteIndexedDb(name)))
  if (names.length > 0) await sweepIndexedDb()
}

/** Each is tried, whichever fails. @throws the first failure */
async function all(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  const failed = (await Promise.allSettled(names.map(work))).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}

/** Deletes an entry of OPFS that may be gone already. */
export async function removeFolder(root: FileSystemDirectoryHandle, name: string): Promise<void> {
  await root.removeEntry(name, { recursive: true }).catch((error: unknown) => {
    if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error
  })
}

/** Resolves when it is deleted; connections that are still open are waited for. */
export function deleteIndexedDb(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error ?? new Error('The database could not be deleted'))
  })
}

/**
 * Chromium leaves the files of a deleted IndexedDB database on disk, bytes and all, until it deletes the next one
 * (measured: still there after 6 s and after a clean end; gone at once after another deletion).
 */
export async function sweepIndexedDb(): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.open(SWEEP_NAME, 1)
    request.onupgradeneeded = () => request.result.createObjectStore('empty')
    request.onsuccess = () => {
      request.result.close()
      resolve()
    }
    request.onerror = () => reject(request.error ?? new Error('IndexedDB could not be swept'))
  })
  await deleteIndexedDb(SWEEP_NAME)
}
