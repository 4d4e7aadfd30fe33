import type { LeadEntry, LeadFields, SentAlong } from './entry'
import { LEAD_FORMAT } from './entry'
import type { LeadJournal } from './journal'

/** As much of the journal as the form uses. */
export type LeadStore = Pick<LeadJournal, 'begin' | 'type' | 'sendOff' | 'all' | 'refuse' | 'retry' | 'erase' | 'rest' | 'close'>

/** Where the browser keeps nothing for this site: the leads of this page, as long as it is open. The form says so. */
export class MemoryLeads implements LeadStore {
  readonly #entries = new Map<number, LeadEntry>()
  #last = 0

  begin(id: string, token: string, now: number): Promise<LeadEntry> {
    const entry: LeadEntry = { format: LEAD_FORMAT, seq: ++this.#last, id, version: 0, token, name: '', email: '', phone: '', message: '', website: '', score: 0, variant: null, state: 'draft', begun_at: now, made_at: now }
    this.#entries.set(entry.seq, entry)
    return Promise.resolve(entry)
  }

  type(draft: LeadEntry, typed: LeadFields): Promise<void> {
    const there = this.#entries.get(draft.seq)
    if (there?.state === 'draft') this.#entries.set(draft.seq, { ...there, ...typed, made_at: Date.now() })
    return Promise.resolve()
  }

  sendOff(draft: LeadEntry, fields: LeadFields & SentAlong, now: number): Promise<LeadEntry> {
    const entry: LeadEntry = { ...draft, ...fields, version: draft.version + 1, state: 'pending', made_at: now }
    this.#entries.set(draft.seq, entry)
    return Promise.resolve(entry)
  }

  all(): Promise<LeadEntry[]> {
    return Promise.resolve([...this.#entries.values()])
  }

  refuse(refused: Parameters<LeadStore['refuse']>[0]): Promise<void> {
    for (const entry of this.#entries.values()) {
      const told = refused.get(entry.id)
      if (told?.version === entry.version) this.#entries.set(entry.seq, { ...entry, state: 'failed', answer: { ...told.answer } })
    }
    return Promise.resolve()
  }

  retry(): Promise<void> {
    for (const entry of this.#entries.values()) if (entry.state === 'failed') this.#entries.set(entry.seq, { ...entry, state: 'pending' })
    return Promise.resolve()
  }

  erase(gone: ReadonlyMap<string, number>): Promise<void> {
    for (const { seq, id, version } of this.#entries.values()) if (gone.get(id) === version) this.#entries.delete(seq)
    return Promise.resolve()
  }

  rest(): void {}

  close(): void {}
}
