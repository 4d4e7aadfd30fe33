import type { JournalNews } from '../../../shared/journal/channel'
import { hasForeign, newEntry, strippedEntry, toldEntry, type JournalEntry, type NewEntry } from '../../../shared/journal/entry'
import type { Journal } from '../../../shared/journal/store'
import type { JournalChannel, JournalPort } from '../../../worker/writes/writes'
import { outside, type Clock } from './clock'

/**
 * The journal of a simulated device: what the page noted is there for good, what the leader told of it since the last flush
 * a power cut takes away. (IndexedDB itself is tested in browsers.)
 */
export class DeviceJournal implements JournalPort {
  readonly #entries = new Map<number, JournalEntry>()
  readonly #listeners = new Set<(news: JournalNews) => void>()
  #flushed = new Map<number, JournalEntry>()
  #seq = 0
  /** What was taken away, as it was then. */
  readonly gone: JournalEntry[] = []

  /** Every edit that was ever noted and not taken away, in its order. */
  get entries(): JournalEntry[] {
    return [...this.#entries.values()].toSorted((a, b) => a.seq - b.seq)
  }

  /** A page notes an edit: as the app's does, told before and after. */
  async edit(edit: NewEntry): Promise<void> {
    this.say({ kind: 'adding', edits: [edit] })
    await Promise.resolve()
    const entry = { ...newEntry(edit), seq: ++this.#seq }
    this.#entries.set(entry.seq, entry)
    this.say({ kind: 'noted', entries: [entry] })
  }

  all(): Promise<JournalEntry[]> {
    return Promise.resolve(this.entries)
  }

  tell: Journal['tell'] = (told, now) => {
    const changed = told.flatMap(({ id, event, decision }) => {
      const entry = this.entries.find(({ mutation }) => mutation.id === id)
      return (entry && toldEntry(entry, event, decision, now)) ?? []
    })
    for (const entry of changed) this.#entries.set(entry.seq, entry)
    return Promise.resolve(changed)
  }

  remove(ids: readonly string[]): Promise<string[]> {
    const gone = this.entries.filter(({ mutation }) => ids.includes(mutation.id))
    for (const { seq } of gone) this.#entries.delete(seq)
    this.gone.push(...gone)
    return Promise.resolve(gone.map(({ mutation }) => mutation.id))
  }

  erase: Journal['erase'] = async ({ whole = [], foreign = [] }) => {
    const gone = await this.remove(whole)
    const stripped = this.entries.filter(entry => foreign.includes(entry.mutation.id) && hasForeign(entry)).map(strippedEntry)
    for (const entry of stripped) this.#entries.set(entry.seq, entry)
    return { gone, stripped }
  }

  /** The device goes on; a leader that is gone lets go of it. */
  close(): void {}

  flush(): void {
    this.#flushed = new Map(this.#entries)
  }

  cutPower(): void {
    for (const [seq, { mutation, about, at }] of this.#entries) this.#entries.set(seq, this.#flushed.get(seq) ?? { ...newEntry({ mutation, about, at }), seq })
  }

  /** What a leader hears the pages by, in its own time; nothing any more once it is gone. */
  channel(clock: Clock): JournalChannel {
    const channel: JournalChannel = {
      onmessage: null,
      postMessage: () => {},
      close: () => this.#listeners.delete(listener),
    }
    const listener = (data: JournalNews) => {
      if (clock.isStopped) return void this.#listeners.delete(listener)
      clock.run(() => queueMicrotask(() => channel.onmessage?.call(channel as BroadcastChannel, { data } as MessageEvent)))
    }
    this.#listeners.add(listener)
    return channel
  }

  /** Says something to whoever listens. */
  say(news: JournalNews): void {
    for (const listener of [...this.#listeners]) outside(() => listener(news))
  }
}
