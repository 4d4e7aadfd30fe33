import { indexedDbName } from '#shared/protocol/leader'

/**
 * Deletes every local database whose name begins with `prefix`, without a leader: where none runs, or the one that ran
 * could not open it. Waits for files that the browser still holds for a worker that is gone (about 3.5 s, measured).
 * Rejects with the browser's error where they are still held after `patience` ms.
 */
export async function deleteLocalDatabases(prefix: string, patience = 8000): Promise<void> {
  await Promise.all([deleteInOpfs(prefix, Date.now() + patience), deleteInIndexedDb(indexedDbName(prefix))])
}

async function deleteInOpfs(prefix: string, until: number): Promise<void> {
  // WebKitGTK has none, and asking for it there never answers.
  if (typeof navigator.storage?.getDirectory !== 'function') return
  const root = await navigator.storage.getDirectory()
  const names: string[] = []
  for await (const name of root.keys()) if (name.startsWith(prefix)) names.push(name)
  for (const name of names) {
    for (;;) {
      try {
        await root.removeEntry(name, { recursive: true })
        break
      }
      catch (error) {
        if (error instanceof DOMException && error.name === 'NotFoundError') break
        if (Date.now() > until) throw error
        await new Promise(resolve => setTimeout(resolve, 200))
      }
    }
  }
}

async function deleteInIndexedDb(prefix: string): Promise<void> {
  const names = (await indexedDB.databases()).flatMap(({ name }) => name?.startsWith(prefix) ? [name] : [])
  await Promise.all(names.map(name => new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error ?? new Error('The database could not be deleted.'))
    request.onblocked = () => reject(new Error('The database is still open in another tab.'))
  })))
}
