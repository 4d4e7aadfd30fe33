import * as z from 'zod/mini'
import type { LeaseRecord } from './lease'

/** Where a person's lease is noted: an IndexedDB database of their own, which goes with their data. */
export const leaseDatabaseName = (databaseName: string, userId: string) => `${databaseName}-${userId}-lease`

const STORE = 'lease'
const KEY = 'lease'
const schema = z.object({ contact: z.number(), seen: z.number(), days: z.number() })

/** What is noted; undefined where nothing is, or nothing that makes sense. Rejects where the browser gives no storage. */
export async function readLease(name: string): Promise<LeaseRecord | undefined> {
  const found = await within(name, 'readonly', store => store.get(KEY) as IDBRequest<unknown>)
  return schema.safeParse(found).data
}

/** Notes it, safe from a kill when it resolves. Rejects where the browser gives no storage. */
export async function writeLease(name: string, record: LeaseRecord): Promise<void> {
  await within(name, 'readwrite', store => store.put({ ...record }, KEY))
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
