import { openDB, type DBSchema, type IDBPDatabase, type OpenDBCallbacks } from 'idb'
import { deleteDatabases, prepareDeletions } from '../device/deletion'
import { KeptFile, type Kept } from './kept-file'

/** An entry as it lies there, one of a later version of the app too. Its place is given when it is written. */
export interface Placed {
  seq?: number
}

export interface EntriesSchema<Entry extends Placed> extends DBSchema {
  entries: { key: number, value: Entry, indexes: { id: string } }
}

export type EntriesDatabase<Entry extends Placed> = IDBPDatabase<EntriesSchema<Entry>>

/**
 * The IndexedDB database of a journal. It can be made anew without the bytes of what goes, which a deletion inside it leaves
 * on the disk: what stays is written into a file beside (`KeptFile`), and the database is deleted as a whole.
 *
 *   there ── what stays is written beside ──▶ both ── it is deleted ──▶ kept alone ── made anew from it, the file removed ──▶ there
 *
 * A kill in `both` leaves it as it was, and in `kept alone` whoever opens it next makes it from what is kept. After a kill the
 * file stays for a day, and what is noted is written there too: Chromium writes down what files its database has in two
 * steps, and a kill between them is noticed at the next start or the one after it; then it deletes every IndexedDB database
 * of the site (`docs/decisions/0025`). Whoever reads or writes shares a Web Lock, which who makes it anew has alone: nothing is noted in what is about to go.
 */
export class EntriesStore<Entry extends Placed> {
  readonly #name: string
  readonly #idPath: string
  readonly #kept: KeptFile<Entry>
  #database: Promise<EntriesDatabase<Entry>> | undefined
  /** Whether the browser may still lose the database for what a kill has left. */
  #isDoubtful = false
  #isClosed = false

  /**
   * @param name of the journal
   * @param idPath where an entry holds what no two of them may have in common
   */
  constructor(name: string, idPath: string) {
    this.#name = name
    this.#idPath = idPath
    this.#kept = new KeptFile(name)
  }

  /** Looks whether something is kept that a kill has left; at the first opening, before anything is noted. */
  async lookForKept(): Promise<void> {
    this.#isDoubtful = await this.#locked('exclusive', () => this.#kept.stays())
  }

  /** Works on it beside others, and not while one makes it anew. */
  async shared<T>(work: (database: EntriesDatabase<Entry>) => Promise<T>): Promise<T> {
    const now = () => this.#locked('shared', async () => work(await this.#opened()))
    return now().catch((error: unknown) => {
      if (!(error instanceof NoEntries)) throw error
      return this.#locked('exclusive', () => this.#mended()).then(now)
    })
  }

  /**
   * Does at once what may be done twice, and once more where the database was made anew meanwhile. Who waits for a lock first
   * loses what a person has made and sees, when they leave the page in that moment.
   */
  async atOnce<T>(work: (database: EntriesDatabase<Entry>) => Promise<T>): Promise<T> {
    const opening = this.#database
    if (!opening) return this.shared(work)
    const result = await work(await opening).catch(() => undefined)
    // Nobody makes it anew while this looks, and who did has closed the connection.
    return this.shared(database => result !== undefined && this.#database === opening ? Promise.resolve(result) : work(database))
  }

  /** After something was noted: writes it where it is safe from what a kill has left. */
  async keep(): Promise<void> {
    if (!this.#isDoubtful) return
    await this.#locked('exclusive', async () => this.#keepNow(await (await this.#mended()).getAll('entries')))
      .catch((error: unknown) => console.warn('The journal could not be kept beside:', error))
  }

  /**
   * Makes it anew of what `change` makes of each entry: itself, another in its place, or nothing. Where all stay themselves
   * nothing is done to it. Where the browser has no files to keep them in meanwhile, they are changed where they are.
   */
  rewrite(change: (noted: Entry) => Entry | undefined): Promise<void> {
    return this.#locked('exclusive', async () => {
      const before = await (await this.#mended()).getAll('entries')
      const changed = before.map(change)
      if (changed.every((noted, place) => noted === before[place])) return this.#keepNow(before)
      const entries = changed.filter(noted => noted !== undefined)
      const isKept = await this.#kept.write({ entries, last: lastOf(before) }).then(() => true, () => false)
      if (!isKept) return this.#changeInPlace(before, changed)
      await deleteDatabases([this.#name])
      this.rest()
      const database = await this.#mended()
      await flush(database, entries[0])
      if (!this.#isDoubtful) await this.#kept.remove().catch((error: unknown) => console.warn('What was kept of the journal is still there:', error))
    })
  }

  /** Deletes it, with all that is kept of it, when nobody makes it anew. Rejects where a tab holds it open. */
  destroy(): Promise<void> {
    return this.#locked('exclusive', async () => {
      await this.#kept.remove()
      await deleteDatabases([this.#name], { isImpatient: true })
    })
  }

  /** Gives its connection up, which the next call makes again: who cannot answer for a while must not hold up a deletion. */
  rest(): void {
    void this.#database?.then(database => database.close(), () => {})
    this.#database = undefined
  }

  /** Ends it: what is asked after this is rejected. Who leaves deletes the journal, and nothing may make it anew behind them. */
  close(): void {
    this.#isClosed = true
    this.rest()
  }

  /** Where there are no locks (an origin that is not secure) there is no leader either, which is who makes it anew. */
  #locked<T>(mode: LockMode, work: () => Promise<T>): Promise<T> {
    if (typeof navigator === 'undefined' || !('locks' in navigator)) return work()
    return navigator.locks.request(`journal:${this.#name}`, { mode }, work) as Promise<T>
  }

  /** The browser ends a connection by itself (its storage fails, the journal is deleted): the next call has a new one. */
  #opened(): Promise<EntriesDatabase<Entry>> {
    if (this.#isClosed) return Promise.reject(new DOMException('The journal is closed.', 'InvalidStateError'))
    return this.#database ??= this.#open().catch((error: unknown) => {
      this.#database = undefined
      throw error
    })
  }

  /** Alone. What was taken out of the journal since is out of what is kept then, too. */
  async #keepNow(entries: readonly Entry[]): Promise<void> {
    if (this.#isDoubtful) await this.#kept.write({ entries, last: lastOf(entries) }, true)
  }

  /** Alone: nobody has noted anything in what this deletes. */
  async #mended(): Promise<EntriesDatabase<Entry>> {
    try {
      return await this.#opened()
    }
    catch (error) {
      if (!(error instanceof NoEntries)) throw error
      await deleteDatabases([this.#name])
      return this.#opened()
    }
  }

  async #changeInPlace(before: readonly Entry[], changed: readonly (Entry | undefined)[]): Promise<void> {
    const tx = (await this.#opened()).transaction('entries', 'readwrite', { durability: 'strict' })
    // What stays as it is is not written: it may have been changed since, by whoever did so at once.
    await Promise.all(before.map((noted, place) => {
      const is = changed[place]
      if (is === noted) return undefined
      return is ? tx.store.put(is) : tx.store.delete(noted.seq ?? 0)
    }))
    await tx.done
  }

  async #open(): Promise<EntriesDatabase<Entry>> {
    await prepareDeletions().catch((error: unknown) => console.warn('Deletions cannot be prepared:', error))
    const kept = await this.#kept.read()
    const database = await openEntries(this.#name, this.#idPath, kept, {
      // Whoever deletes it, or a later version that changes it, is not to wait for this page.
      blocking: () => this.rest(),
      terminated: () => { this.#database = undefined },
    })
    if (!database.objectStoreNames.contains('entries')) {
      database.close()
      throw new NoEntries()
    }
    return database
  }
}

/** Whoever opens a database without making it (a tool, an extension) leaves an empty one where there was none. */
class NoEntries extends Error {}

const lastOf = (entries: readonly Placed[]): number => entries.at(-1)?.seq ?? 0

/** What makes a database is not written to the disk at once, however its transactions are: one that is, after it, brings it along. */
async function flush<Entry extends Placed>(database: EntriesDatabase<Entry>, entry: Entry | undefined): Promise<void> {
  if (!entry) return
  const tx = database.transaction('entries', 'readwrite', { durability: 'strict' })
  await tx.store.put(entry)
  await tx.done
}

/** Opens a database of entries. Where this makes it, it holds what was kept from its first moment on: all of it, or it is not there. */
function openEntries<Entry extends Placed>(name: string, idPath: string, kept: Kept<Entry> | undefined, events: Pick<OpenDBCallbacks<EntriesSchema<Entry>>, 'blocking' | 'terminated'>): Promise<EntriesDatabase<Entry>> {
  return openDB<EntriesSchema<Entry>>(name, 1, {
    ...events,
    async upgrade(made) {
      const entries = made.createObjectStore('entries', { keyPath: 'seq', autoIncrement: true })
      entries.createIndex('id', idPath, { unique: true })
      if (!kept) return
      // A place is given once: who still hears of what had the last one would take the next edit for its repetition.
      if (kept.last > 0) await entries.put({ seq: kept.last } as Entry).then(() => entries.delete(kept.last))
      await Promise.all(kept.entries.map(noted => entries.put(noted)))
    },
  })
}
