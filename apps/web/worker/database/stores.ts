import { deleteDatabases, listDatabases } from '#shared/device/deletion'
import { whileHeld } from './file-handles'
import { untilAborted } from './until-aborted'

/** A database's place: a folder of OPFS or an IndexedDB database, by the name that it has there. */
export interface Store { readonly kind: 'opfs' | 'idb', readonly name: string }

/** The OPFS entries and IndexedDB databases whose name is meant. */
export async function listStores(isMeant: (name: string) => boolean): Promise<Store[]> {
  return [
    ...(await foldersOf(isMeant)).map(name => ({ kind: 'opfs', name } as const)),
    ...(await listDatabases(isMeant)).map(name => ({ kind: 'idb', name } as const)),
  ]
}

async function foldersOf(isMeant: (name: string) => boolean): Promise<string[]> {
  // WebKitGTK has none, and asking for it there never answers.
  if (typeof navigator.storage?.getDirectory !== 'function') return []
  const names: string[] = []
  for await (const name of (await navigator.storage.getDirectory()).keys()) if (isMeant(name)) names.push(name)
  return names
}

/**
 * Deletes the OPFS entries and IndexedDB databases whose name is meant, bytes and all.
 * @param patience for how many ms what is held elsewhere is waited for
 * @throws where something was still held then, after everything else is deleted
 */
export async function deleteStores(isMeant: (name: string) => boolean, patience: number): Promise<void> {
  const signal = AbortSignal.timeout(patience)
  const failed = (await Promise.allSettled([
    deleteFolders(isMeant, signal),
    untilAborted(signal, listDatabases(isMeant).then(deleteDatabases)),
  ])).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}

async function deleteFolders(isMeant: (name: string) => boolean, signal: AbortSignal): Promise<void> {
  const names = await foldersOf(isMeant)
  if (names.length === 0) return
  const root = await navigator.storage.getDirectory()
  await all(names, name => whileHeld(() => removeFolder(root, name), () => {}, signal))
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
