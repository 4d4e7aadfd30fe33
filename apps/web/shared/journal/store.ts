import { openDB, type DBSchema, type IDBPDatabase, type IDBPObjectStore } from 'idb'
import { personPrefix } from '../protocol/device'
import { newEntry, readEntry, strippedEntry, toldEntry, type Decision, type JournalEntry, type NewEntry } from './entry'
import { ENTRY_TABLE, type EntryEvent } from './states'

/** Where a person's unsent edits are: an IndexedDB database that nothing deletes with the local copy. */
export const journalName = (databaseName: string, userId: string) => `${personPrefix(databaseName, userId)}journal`

interface Schema extends DBSchema {
  entries: { key: number, value: Omit<JournalEntry, 'seq'> & { seq?: number }, indexes: { id: string } }
}

type Entries = IDBPObjectStore<Schema, ['entries'], 'entries', 'readwrite'>

/**
 * The journal: the only truth about edits that are not settled. Tabs of any version and the leader write to it, in
 * transactions; one counter gives all of them their order. What is noted is safe from a kill when the promise resolves.
 * Every method rejects with the browser's error where it cannot be written or read; then nothing of it happened.
 */
export class Journal {
  readonly #name: string
  #database: Promise<IDBPDatabase<Schema>> | undefined
  #isClosed = false

  private constructor(name: string) {
    this.#name = name
  }

  /** @param name see `journalName` */
  static async open(name: string): Promise<Journal> {
    const journal = new Journal(name)
    await journal.#opened()
    return journal
  }

  /** Notes edits, all or none. One that is there already stays as it is. Out: the entries as they are noted. */
  async append(edits: readonly NewEntry[]): Promise<JournalEntry[]> {
    return this.#write('strict', async (store) => {
      const noted: JournalEntry[] = []
      for (const edit of edits) {
        const there = readEntry(await store.index('id').get(edit.mutation.id))
        const entry = newEntry(edit)
        noted.push(there ?? { ...entry, seq: await store.add(entry) })
      }
      return noted
    })
  }

  /** Every entry in its order; those of a later version of the app are left out, and untouched. */
  async all(): Promise<JournalEntry[]> {
    return (await (await this.#opened()).getAll('entries')).flatMap(value => readEntry(value) ?? [])
  }

  /**
   * Tells what became of edits, by their keys. What an entry's state does not allow changes nothing. Out: the entries that changed.
   * A kill may take this back: the server is asked again then, and says the same.
   */
  async tell(told: readonly { id: string, event: EntryEvent, decision?: Decision }[], now: number): Promise<JournalEntry[]> {
    return this.#write('relaxed', async (store) => {
      // All at once: one after the other, a hundred of them take a hundred turns.
      const found = await Promise.all(told.map(({ id }) => store.index('id').get(id)))
      const changed = told.flatMap(({ event, decision }, place) => {
        const entry = readEntry(found[place])
        return (entry && toldEntry(entry, event, decision, now)) ?? []
      })
      await Promise.all(changed.map(entry => store.put(entry)))
      return changed
    })
  }

  /**
   * Puts another edit in the place of one that was decided against, so that what hangs on it comes after it still.
   * Out: the new entry; undefined where the old one is gone or no longer decided against.
   */
  async resend(id: string, edit: NewEntry): Promise<JournalEntry | undefined> {
    return this.#write('strict', async (store) => {
      const entry = readEntry(await store.index('id').get(id))
      if (!entry || ENTRY_TABLE[entry.state].resent === entry.state) return undefined
      const next = { ...newEntry(edit), seq: entry.seq }
      await store.put(next)
      return next
    })
  }

  /** Takes edits out for good, by their keys, where `may` allows it. Out: those that went. */
  async remove(ids: readonly string[], may: (entry: JournalEntry) => boolean = () => true): Promise<string[]> {
    return this.#write('strict', async (store) => {
      const gone: string[] = []
      for (const id of ids) {
        const entry = readEntry(await store.index('id').get(id))
        if (!entry || !may(entry)) continue
        await store.delete(entry.seq)
        gone.push(id)
      }
      return gone
    })
  }

  /** Takes what others wrote out of edits, by their keys. Out: the entries without it. */
  async strip(ids: readonly string[]): Promise<JournalEntry[]> {
    return this.#write('strict', async (store) => {
      const stripped: JournalEntry[] = []
      for (const id of ids) {
        const entry = readEntry(await store.index('id').get(id))
        if (!entry) continue
        stripped.push(strippedEntry(entry))
        await store.put(strippedEntry(entry))
      }
      return stripped
    })
  }

  /** How many there are, those of a later version of the app too. */
  async count(): Promise<number> {
    return (await this.#opened()).count('entries')
  }

  /** Ends it: what is asked after this is rejected. Who leaves deletes the journal, and nothing may make it anew behind them. */
  close(): void {
    this.#isClosed = true
    this.#letGo()
  }

  #letGo(): void {
    void this.#database?.then(database => database.close(), () => {})
    this.#database = undefined
  }

  /** The browser ends a connection by itself (its storage fails, the journal is deleted): the next call has a new one. */
  #opened(): Promise<IDBPDatabase<Schema>> {
    if (this.#isClosed) return Promise.reject(new DOMException('The journal is closed.', 'InvalidStateError'))
    return this.#database ??= openDB<Schema>(this.#name, 1, {
      upgrade(made) {
        const entries = made.createObjectStore('entries', { keyPath: 'seq', autoIncrement: true })
        entries.createIndex('id', 'mutation.id', { unique: true })
      },
      // Whoever deletes it, or a later version that changes it, is not to wait for this page.
      blocking: () => this.#letGo(),
      terminated: () => { this.#database = undefined },
    }).catch((error: unknown) => {
      this.#database = undefined
      throw error
    })
  }

  /** One transaction: all that the work writes is there, or nothing of it. */
  async #write<T>(durability: 'strict' | 'relaxed', work: (store: Entries) => Promise<T>): Promise<T> {
    const tx = (await this.#opened()).transaction('entries', 'readwrite', { durability })
    try {
      const result = await work(tx.store)
      await tx.done
      return result
    }
    catch (error) {
      tx.done.catch(() => {})
      try {
        tx.abort()
      }
      catch {
        // It has ended by itself, for the same reason.
      }
      throw error
    }
  }
}
