import type { IDBPObjectStore } from 'idb'
import { EntriesStore, type EntriesDatabase, type EntriesSchema, type Placed } from './entries-store'
import { hasForeign, newEntry, readEntry, strippedEntry, toldEntry, type Decision, type JournalEntry, type NewEntry } from './entry'
import { ENTRY_TABLE, type EntryEvent } from './states'

/** An entry as it lies there, one of a later version of the app too. */
type Noted = Omit<JournalEntry, 'seq'> & Placed
type Entries = IDBPObjectStore<EntriesSchema<Noted>, ['entries'], 'entries', 'readwrite'>
/** Where its id is. */
const ID = 'mutation.id'

/** Which edits are to leave no byte, and which none of what others wrote. */
export interface Erasure {
  /** Their keys: these go. */
  readonly whole?: readonly string[]
  /** Their keys: these stay, with what the person typed. */
  readonly foreign?: readonly string[]
}

/**
 * The journal: the only truth about edits that are not settled. Tabs of any version and the leader write to it, in
 * transactions; one counter gives all of them their order. What is noted is safe from a kill when the promise resolves.
 * Every method rejects with the browser's error where it cannot be written or read; then nothing of it happened.
 */
export class Journal {
  readonly #store: EntriesStore<Noted>

  private constructor(store: EntriesStore<Noted>) {
    this.#store = store
  }

  /** @param name see `journalName` */
  static async open(name: string): Promise<Journal> {
    const store = new EntriesStore<Noted>(name, ID)
    await store.shared(() => Promise.resolve())
    await store.lookForKept().catch((error: unknown) => console.warn('What is kept of the journal could not be looked at:', error))
    return new Journal(store)
  }

  /** Notes edits, all or none. One that is there already stays as it is. Out: the entries as they are noted. */
  async append(edits: readonly NewEntry[]): Promise<JournalEntry[]> {
    const all = await this.#store.atOnce(database => addAll(database, edits).catch(() => addMissing(database, edits)))
    await this.#store.keep()
    return all
  }

  /** Every entry in its order; those of a later version of the app are left out, and untouched. */
  async all(): Promise<JournalEntry[]> {
    return (await this.#store.shared(database => database.getAll('entries'))).flatMap(value => readEntry(value) ?? [])
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
    const noted = await this.#write('strict', async (store) => {
      const entry = readEntry(await store.index('id').get(id))
      if (!entry || ENTRY_TABLE[entry.state].resent === entry.state) return undefined
      const next = { ...newEntry(edit), seq: entry.seq }
      await store.put(next)
      return next
    })
    await this.#store.keep()
    return noted
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

  /**
   * Takes edits out, and out of others what other people wrote, off the disk too (what `remove` takes out lies there until the
   * browser merges its files). What is not there changes nothing. Out: the keys of those that went, and the entries that lost
   * something.
   */
  async erase({ whole = [], foreign = [] }: Erasure): Promise<{ gone: string[], stripped: JournalEntry[] }> {
    const outcome = { gone: [] as string[], stripped: [] as JournalEntry[] }
    const [goes, loses] = [new Set(whole), new Set(foreign)]
    await this.#store.rewrite((noted) => {
      const entry = readEntry(noted)
      if (!entry) return noted
      if (goes.has(entry.mutation.id)) {
        outcome.gone.push(entry.mutation.id)
        return undefined
      }
      if (!loses.has(entry.mutation.id) || !hasForeign(entry)) return noted
      const stripped = strippedEntry(entry)
      outcome.stripped.push(stripped)
      return stripped
    })
    return outcome
  }

  /** Deletes it with all that is kept of it, though it may be open elsewhere. Rejects where a tab holds it open. @param name see `journalName` */
  static destroy(name: string): Promise<void> {
    return new EntriesStore<Noted>(name, ID).destroy()
  }

  /** How many there are, those of a later version of the app too. */
  async count(): Promise<number> {
    return this.#store.shared(database => database.count('entries'))
  }

  /** Gives its connection up until the next call. */
  rest(): void {
    this.#store.rest()
  }

  /** Ends it: what is asked after this is rejected. */
  close(): void {
    this.#store.close()
  }

  /** One transaction: all that the work writes is there, or nothing of it. */
  #write<T>(durability: 'strict' | 'relaxed', work: (store: Entries) => Promise<T>): Promise<T> {
    return this.#store.shared(database => write(database, durability, work))
  }
}

/**
 * Has the browser do all of it before this task of the page ends: a page that is left or hangs in the next one, when its
 * person has seen the edit already, takes nothing back. What is asked for in turns would be given up with the page.
 */
async function addAll(database: EntriesDatabase<Noted>, edits: readonly NewEntry[]): Promise<JournalEntry[]> {
  const entries = edits.map(newEntry)
  // What cannot be written at all is said before anything is asked for.
  structuredClone(entries)
  const tx = database.transaction('entries', 'readwrite', { durability: 'strict' })
  const adding = entries.map(entry => tx.store.add(entry))
  tx.commit()
  const [, ...seqs] = await Promise.all([tx.done, ...adding])
  return entries.map((entry, place) => ({ ...entry, seq: seqs[place] ?? 0 }))
}

/** As `addAll`, where some may be there already. */
function addMissing(database: EntriesDatabase<Noted>, edits: readonly NewEntry[]): Promise<JournalEntry[]> {
  return write(database, 'strict', async (store) => {
    const noted: JournalEntry[] = []
    for (const edit of edits) {
      const there = readEntry(await store.index('id').get(edit.mutation.id))
      const entry = newEntry(edit)
      noted.push(there ?? { ...entry, seq: await store.add(entry) })
    }
    return noted
  })
}

async function write<T>(database: EntriesDatabase<Noted>, durability: 'strict' | 'relaxed', work: (store: Entries) => Promise<T>): Promise<T> {
  const tx = database.transaction('entries', 'readwrite', { durability })
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
