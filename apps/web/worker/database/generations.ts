import { bareName, generationName, generationsName, isGenerationOf, isLocalDatabase } from '#shared/protocol/device'
import { deleteDatabases } from '#shared/device/deletion'
import { deleteStores, listStores, type Store } from './stores'

const STORE = 'generations'
/** The files of a worker that is gone stay held for some seconds (3.5 s measured). */
const PATIENCE_MS = 8_000

/** What is written down of one local database, beside it and not in it. */
export interface Generation {
  /** Which of its generations is the one to open. */
  readonly number: number
  /** Shapes whose rows and bytes must go before anything is answered: a purge of them was begun. */
  readonly purging: readonly string[]
}

export const FIRST: Generation = { number: 0, purging: [] }

/** What of a local database is on this device. */
export interface Survey extends Generation {
  readonly exists: boolean
  /** Where the current generation was begun; undefined where it was not. */
  readonly place?: Store['kind']
  /** There is more than the current generation. */
  readonly leftovers: boolean
  /** The same person's databases of other schema versions, each generation of them. */
  readonly otherVersions: readonly Store[]
}

/**
 * Which generation of a local database is current: a purge copies what remains into a next one and deletes the old one
 * with every byte in it. One IndexedDB record a database, each change of it one strict transaction: a kill leaves the
 * old generation or the new one, never half of each.
 */
export class Generations {
  readonly database: string
  /** Whether this browser stores anything of the database. */
  readonly stored: boolean = true
  readonly #databaseName: string
  readonly #userId: string

  constructor(database: string, databaseName: string, userId: string) {
    this.database = database
    this.#databaseName = databaseName
    this.#userId = userId
  }

  /** Where PGlite finds a generation: a folder of OPFS, or the name of an IndexedDB database. */
  nameOf(number: number): string {
    return generationName(this.database, number)
  }

  async current(): Promise<Generation> {
    return this.#change(generation => generation).catch((error: unknown) => {
      // Where nothing can be written down, nothing was.
      console.warn('The record of generations could not be read:', error)
      return FIRST
    })
  }

  /** Writes down that a purge of these shapes begins, before a row goes. */
  async purgeBegins(shapes: readonly string[]): Promise<void> {
    await this.#change(generation => ({ ...generation, purging: [...new Set([...generation.purging, ...shapes])] }))
  }

  /** Nothing of these shapes is left. */
  async purged(shapes: readonly string[]): Promise<void> {
    await this.#change(generation => ({ ...generation, purging: generation.purging.filter(key => !shapes.includes(key)) }))
  }

  /** Makes another generation the current one, in which nothing of these shapes is. */
  async commit(number: number, shapes: readonly string[]): Promise<void> {
    await this.#change(({ purging }) => ({ number, purging: purging.filter(key => !shapes.includes(key)) }))
  }

  /** What is here cannot be kept: the next opening begins with an empty database, under a name that was never used. */
  async startOver(): Promise<void> {
    // Not the next number: a copy into that one may have been cut off, and still hold its files.
    await this.#change(({ number }) => ({ number: number + 2, purging: [] }))
  }

  /** What is here, in one look: opening waits for it. What the browser does not let us see is not here. */
  async survey(): Promise<Survey> {
    const [current, stores] = await Promise.all([
      this.current(),
      listStores(name => isLocalDatabase(name, this.#databaseName, this.#userId)).catch((): Store[] => []),
    ])
    const own = stores.filter(({ name }) => isGenerationOf(name, this.database))
    return {
      ...current,
      exists: own.length > 0,
      place: own.find(({ name }) => bareName(name) === this.nameOf(current.number))?.kind,
      leftovers: own.some(({ name }) => bareName(name) !== this.nameOf(current.number)),
      otherVersions: stores.filter(store => !own.includes(store)).map(({ kind, name }) => ({ kind, name: bareName(name) })),
    }
  }

  /** Of databases of other schema versions one that may be read: a current generation, of which no purge is unfinished. */
  async readable(others: readonly Store[]): Promise<Store | undefined> {
    for (const store of others) {
      const other = new Generations(store.name.replace(/\.g\d+$/, ''), this.#databaseName, this.#userId)
      const { number, purging } = await other.current()
      if (purging.length === 0 && other.nameOf(number) === store.name) return store
    }
    return undefined
  }

  /** Deletes every generation of this database but one. @throws where something holds them for longer than `patience` ms */
  async deleteOthers(keep: number, patience = PATIENCE_MS): Promise<void> {
    const kept = this.nameOf(keep)
    await deleteStores(name => isGenerationOf(name, this.database) && bareName(name) !== kept, patience)
  }

  /** Deletes every local database of this person, this one and those of other schema versions, and the record of them. */
  async deleteAll(patience = PATIENCE_MS): Promise<void> {
    await deleteStores(name => isLocalDatabase(name, this.#databaseName, this.#userId), patience)
    await deleteDatabases([generationsName(this.#databaseName, this.#userId)])
  }

  /** Deletes local databases of other schema versions: each is a cache that nobody will open again, unless a tab still does. */
  async deleteOtherVersions(): Promise<void> {
    await deleteStores(name => isLocalDatabase(name, this.#databaseName, this.#userId) && !isGenerationOf(name, this.database), 0)
  }

  async #change(work: (before: Generation) => Generation): Promise<Generation> {
    const db = await openStore(generationsName(this.#databaseName, this.#userId))
    try {
      return await new Promise<Generation>((resolve, reject) => {
        const transaction = db.transaction(STORE, 'readwrite', { durability: 'strict' })
        const store = transaction.objectStore(STORE)
        const request = store.get(this.database) as IDBRequest<Generation | undefined>
        let after = FIRST
        request.onsuccess = () => {
          const before = request.result ?? FIRST
          after = work(before)
          if (after !== before) store.put(after, this.database)
        }
        transaction.oncomplete = () => resolve(after)
        transaction.onabort = () => reject(transaction.error ?? new Error('The record of generations could not be written'))
      })
    }
    finally {
      db.close()
    }
  }
}

function openStore(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onsuccess = () => {
      // A sign-out in another tab deletes it: that must not wait for us.
      request.result.onversionchange = () => request.result.close()
      resolve(request.result)
    }
    request.onerror = () => reject(request.error ?? new Error('The record of generations could not be opened'))
  })
}
