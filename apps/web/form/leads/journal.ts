import { EntriesStore, type EntriesDatabase, type Placed } from '#shared/journal/entries-store'
import { LEAD_FORMAT, readLead, type LeadAnswer, type LeadEntry, type LeadFields, type SentAlong } from './entry'
import type { LeadQueue } from './queue'

type Noted = Omit<LeadEntry, 'seq'> & Placed

/** The name of a tenant's leads on the device: no other tenant's form asks for it (see `shared/protocol/device`). */
export const leadsName = (tenantId: string) => `offline-leads-${tenantId}-journal`

/** Whose leads are on this device. */
export async function tenantsHere(): Promise<string[]> {
  return (await indexedDB.databases()).flatMap(({ name }) => /^offline-leads-(.+)-journal$/.exec(name ?? '')?.[1] ?? [])
}

/**
 * The leads of a form on this device that the server does not have yet. What a method wrote is safe from a kill when its promise
 * resolves. Every method rejects with the browser's error where it cannot be written or read; then nothing of it happened.
 */
export class LeadJournal implements LeadQueue {
  readonly #store: EntriesStore<Noted>

  private constructor(store: EntriesStore<Noted>) {
    this.#store = store
  }

  static async open(tenantId: string): Promise<LeadJournal> {
    const store = new EntriesStore<Noted>(leadsName(tenantId), 'id')
    await store.shared(() => Promise.resolve())
    await store.lookForKept().catch((error: unknown) => console.warn('What is kept of the leads could not be looked at:', error))
    return new LeadJournal(store)
  }

  /** A new draft, for what is about to be typed. */
  async begin(id: string, token: string, now: number): Promise<LeadEntry> {
    const draft = { format: LEAD_FORMAT, id, version: 0, token, name: '', email: '', phone: '', message: '', website: '', score: 0, variant: null, state: 'draft', begun_at: now, made_at: now } as const
    const seq = await this.#store.shared(database => database.add('entries', draft))
    return { ...draft, seq }
  }

  /** Writes what is typed by now, and when. A kill of the machine may take the last of it back. */
  async type(draft: LeadEntry, typed: LeadFields): Promise<void> {
    await this.#store.shared(async (database) => {
      const tx = database.transaction('entries', 'readwrite', { durability: 'relaxed' })
      const there = readLead(await tx.store.get(draft.seq))
      // Meanwhile it may have been sent off: what is typed then is another one's.
      if (there?.id === draft.id && there.state === 'draft') await tx.store.put({ ...there, ...typed, made_at: Date.now() })
      await tx.done
    })
  }

  /** Sends off: from now on it is the server's to have. Out: the entry. */
  async sendOff(draft: LeadEntry, fields: LeadFields & SentAlong, now: number): Promise<LeadEntry> {
    const { answer: _, ...kept } = draft
    const entry: LeadEntry = { ...kept, ...fields, version: draft.version + 1, state: 'pending', made_at: draft.version === 0 ? now : draft.made_at }
    await this.#store.atOnce(database => put(database, entry))
    await this.#store.keep()
    return entry
  }

  /** All of them, in their order. */
  async all(): Promise<LeadEntry[]> {
    return (await this.#store.shared(database => database.getAll('entries'))).flatMap(value => readLead(value) ?? [])
  }

  /**
   * Takes leads in that were made elsewhere on this device (`offline/mirror`), to be sent. One that is here already stays as it
   * is; what was changed of it since is a later version of it.
   */
  async takeOver(made: readonly Omit<LeadEntry, 'seq'>[]): Promise<void> {
    await this.#store.shared(async (database) => {
      const tx = database.transaction('entries', 'readwrite', { durability: 'strict' })
      for (const entry of made) {
        const there = await tx.store.index('id').get(entry.id)
        const known = readLead(there)
        if (!there) await tx.store.add(entry)
        else if (known && !isSame(known, entry)) await tx.store.put({ ...entry, token: known.token, seq: known.seq, version: Math.max(entry.version, known.version + 1) })
      }
      await tx.done
    })
    await this.#store.keep()
  }

  /** Notes why the server refused leads, by their ids: of the version that it was asked about, and no later one. */
  async refuse(refused: ReadonlyMap<string, { version: number, answer: LeadAnswer }>): Promise<void> {
    await this.#store.shared(async (database) => {
      const tx = database.transaction('entries', 'readwrite', { durability: 'strict' })
      for (const [id, { version, answer }] of refused) {
        const entry = readLead(await tx.store.index('id').get(id))
        if (entry?.state === 'pending' && entry.version === version) await tx.store.put({ ...entry, state: 'failed', answer: { ...answer } })
      }
      await tx.done
    })
    await this.#store.keep()
  }

  /** Has those that were refused sent once more, as they are. */
  async retry(): Promise<void> {
    await this.#store.shared(async (database) => {
      const tx = database.transaction('entries', 'readwrite', { durability: 'strict' })
      for (const value of await tx.store.getAll()) {
        const entry = readLead(value)
        if (entry?.state !== 'failed') continue
        const { answer: _, ...again } = entry
        await tx.store.put({ ...again, state: 'pending' })
      }
      await tx.done
    })
    await this.#store.keep()
  }

  /** Takes leads off the disk, each in the version that is given and no later one: no byte of them is left. */
  async erase(gone: ReadonlyMap<string, number>): Promise<void> {
    if (gone.size === 0) return
    await this.#store.rewrite((noted) => {
      const entry = readLead(noted)
      return entry && gone.get(entry.id) === entry.version ? undefined : noted
    })
  }

  /** Gives its connection up until the next call: who cannot answer must not hold up whoever makes it anew. */
  rest(): void {
    this.#store.rest()
  }

  close(): void {
    this.#store.close()
  }
}

const isSame = (one: LeadFields, other: LeadFields) => one.name === other.name && one.email === other.email && one.phone === other.phone && one.message === other.message

/** In the hands of the browser before this task of the page ends, as an edit's is (`shared/journal/store`). */
async function put(database: EntriesDatabase<Noted>, entry: LeadEntry): Promise<LeadEntry> {
  structuredClone(entry)
  const tx = database.transaction('entries', 'readwrite', { durability: 'strict' })
  const putting = tx.store.put(entry)
  tx.commit()
  await Promise.all([putting, tx.done])
  return entry
}
