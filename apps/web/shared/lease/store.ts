/** Where a person's lease is noted: an IndexedDB database of their own, which goes with their data. */
export const leaseDatabaseName = (databaseName: string, userId: string) => `${databaseName}-${userId}-lease`

const STORE = 'lease'
const KEY = 'lease'

/** What is noted, of whatever form. Rejects where the browser gives no storage. */
export const readNoted = (name: string): Promise<unknown> => within(name, 'readonly', store => store.get(KEY) as IDBRequest<unknown>)

/** Notes it, safe from a kill when it resolves. Rejects where the browser gives no storage. */
export async function note(name: string, value: object): Promise<void> {
  await within(name, 'readwrite', store => store.put(value, KEY))
}

/** One request in a connection of its own: an open one would keep the database from being deleted with the data. */
async function within<T>(name: string, mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened(name)
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' })
      const request = ask(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => reject(transaction.error ?? new Error('The lease could not be noted'))
    })
  }
  finally {
    database.close()
  }
}

function opened(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('The lease could not be read'))
  })
}
