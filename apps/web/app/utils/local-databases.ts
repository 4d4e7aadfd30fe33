import { indexedDbName, localDatabaseName } from '#shared/protocol/leader'

/** How long the files of a worker that is gone stay held (about 3.5 s, measured), and then some. */
const PATIENCE_MS = 8_000

/** What follows installation and person in a name; others keep what is theirs under names that begin alike. */
const SCHEMA_VERSION_FORM = /^[0-9a-f]{8}$/

/**
 * Deletes every local database of a person in an installation (`PGLITE_DB_NAME`), of whatever schema version, without a
 * leader: where none runs, or the one that ran could not open it. Nothing of another name is touched.
 * Waits up to `patience` ms for files that are still held; rejects with the browser's error where they are held after it.
 */
export async function deleteLocalDatabases(databaseName: string, userId: string, patience = PATIENCE_MS): Promise<void> {
  const prefix = localDatabaseName(databaseName, userId, '')
  await Promise.all([deleteInOpfs(prefix, Date.now() + patience), deleteInIndexedDb(indexedDbName(prefix))])
}

/** The local databases that a person has on this device in an installation, of whatever schema version. */
export async function listLocalDatabases(databaseName: string, userId: string): Promise<string[]> {
  const prefix = localDatabaseName(databaseName, userId, '')
  const indexed = (await inIndexedDb(indexedDbName(prefix))).map(name => name.slice(indexedDbName('').length))
  return [...await inOpfs(prefix), ...indexed]
}

const isOurs = (name: string, prefix: string) => name.startsWith(prefix) && SCHEMA_VERSION_FORM.test(name.slice(prefix.length))

async function inOpfs(prefix: string): Promise<string[]> {
  // WebKitGTK has none, and asking for it there never answers.
  if (typeof navigator.storage?.getDirectory !== 'function') return []
  const names: string[] = []
  for await (const name of (await navigator.storage.getDirectory()).keys()) if (isOurs(name, prefix)) names.push(name)
  return names
}

const inIndexedDb = async (prefix: string) =>
  (await indexedDB.databases()).flatMap(({ name }) => name !== undefined && isOurs(name, prefix) ? [name] : [])

async function deleteInOpfs(prefix: string, until: number): Promise<void> {
  const names = await inOpfs(prefix)
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

async function deleteInIndexedDb(prefix: string): Promise<void> {
  const names = await inIndexedDb(prefix)
  await Promise.all(names.map(name => new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error ?? new Error('The database could not be deleted.'))
    request.onblocked = () => reject(new Error('The database is still open in another tab.'))
  })))
}
