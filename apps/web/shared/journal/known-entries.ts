import type { JournalEntry } from './entry'

/** The journal's entries as one of its readers knows them: what it read, and what it was told of them since. */
export class KnownEntries {
  readonly #entries = new Map<string, JournalEntry>()
  #ordered: readonly JournalEntry[] | undefined

  /** In the order of the journal. */
  get inOrder(): readonly JournalEntry[] {
    return this.#ordered ??= [...this.#entries.values()].toSorted((a, b) => a.seq - b.seq)
  }

  get(id: string): JournalEntry | undefined {
    return this.#entries.get(id)
  }

  has(id: string): boolean {
    return this.#entries.has(id)
  }

  /** Takes in entries as they are noted now. Out: those that say something new. */
  take(noted: readonly JournalEntry[]): JournalEntry[] {
    const places = new Map(noted.map(({ seq, mutation }) => [seq, mutation.id]))
    // One that was sent again stands where the one before it stood, under another key.
    for (const [id, { seq }] of this.#entries) if ((places.get(seq) ?? id) !== id) this.#entries.delete(id)
    // Told late, by a page that was busy: what was decided since stays so.
    const isOld = ({ state, mutation }: JournalEntry) => state === 'waiting' && (this.#entries.get(mutation.id)?.state ?? 'waiting') !== 'waiting'
    const news = noted.filter(entry => !isOld(entry))
    for (const entry of news) this.#entries.set(entry.mutation.id, entry)
    this.#ordered = undefined
    return news
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#entries.delete(id)
    this.#ordered = undefined
  }

  clear(): void {
    this.#entries.clear()
    this.#ordered = undefined
  }
}
