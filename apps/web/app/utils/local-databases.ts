import { deleteDatabases, listDatabases } from '#shared/device/deletion'
import { bareName, goesWithPerson, isLocalDatabase } from '#shared/protocol/device'
import { forgetAnswers } from './last-answers'

/** How long the files of a worker that is gone stay held (about 3.5 s, measured), and then some. */
const PATIENCE_MS = 8_000

/**
 * Deletes a person's local databases of an installation (`PGLITE_DB_NAME`), of whatever schema version, with the last
 * answers and the record of them, without a leader: where none runs, or the one that ran could not open it.
 * Waits up to `patience` ms for files that are still held; rejects with the browser's error where they are held after it.
 */
export async function deleteLocalDatabases(databaseName: string, userId: string, patience = PATIENCE_MS): Promise<void> {
  await forgetAnswers(databaseName, userId)
  await deleteStores(name => isLocalDatabase(name, databaseName, userId), patience)
}

/** Deletes everything that a person has on this device in an installation, but the journal of their unsent writes; else as above. */
export async function deletePersonal(databaseName: string, userId: string, patience = PATIENCE_MS): Promise<void> {
  await forgetAnswers(databaseName, userId)
  await deleteStores(name => goesWithPerson(name, databaseName, userId), patience)
}

/** The local databases that a person has on this device in an installation, of whatever schema version. */
export async function listLocalDatabases(databaseName: string, userId: string): Promise<string[]> {
  const isMeant = (name: string) => isLocalDatabase(name, databaseName, userId)
  return [...await inOpfs(isMeant), ...(await listDatabases(isMeant)).map(bareName)]
}

async function deleteStores(isMeant: (name: string) => boolean, patience: number): Promise<void> {
  await Promise.all([deleteInOpfs(isMeant, Date.now() + patience), deleteInIndexedDb(isMeant)])
}

async function inOpfs(isMeant: (name: string) => boolean): Promise<string[]> {
  // WebKitGTK has none, and asking for it there never answers.
  if (typeof navigator.storage?.getDirectory !== 'function') return []
  const names: string[] = []
  for await (const name of (await navigator.storage.getDirectory()).keys()) if (isMeant(name)) names.push(name)
  return names
}

async function deleteInOpfs(isMeant: (name: string) => boolean, until: number): Promise<void> {
  const names = await inOpfs(isMeant)
  if (names.length === 0) return
  const root = await navigator.storage.getDirectory()
  for (const name of names) {
    for (;;) {
      try {
        await root.removeEntry(name, { recursive: true })
        break
      }
      catch (error) {
        if (error instanceof DOMException && error.name === 'NotFoundError') break
        if (Date.now() >= until) throw error
        await new Promise(resolve => setTimeout(resolve, 200))
      }
    }
  }
}

const deleteInIndexedDb = async (isMeant: (name: string) => boolean): Promise<void> =>
  deleteDatabases(await listDatabases(isMeant), { isImpatient: true })
