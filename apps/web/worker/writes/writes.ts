import type { JournalNews } from '#shared/journal/channel'
import type { JournalEntry, NewEntry } from '#shared/journal/entry'
import { chainsOf } from '#shared/journal/chains'
import { isShown } from '#shared/journal/states'
import type { Journal } from '#shared/journal/store'
import type { MutationResult } from '#shared/protocol/mutations'
import { sweep, told } from './decisions'
import { UnknownEdit } from './effects'
import type { LaidEdit, Overlay } from './overlay'
import { PATIENCE_MS, seenEntries, type Horizon } from './seen'
import { send, type SendOptions } from './send'
import { Uploader } from './uploader'

export interface WritesOptions extends SendOptions {
  /** The person's journal; closed with this. */
  readonly journal: JournalPort
  /** What its writers tell each other; closed with this. */
  readonly channel: JournalChannel
  /** Calls back when no other leader uploads this journal, of whatever version, and keeps it so until the promise that it is given resolves. */
  readonly lock: (held: () => Promise<void>) => Promise<void>
}

/** What of the journal is used. */
export type JournalPort = Pick<Journal, 'all' | 'tell' | 'remove' | 'strip' | 'close'>
/** As much of a BroadcastChannel. */
export type JournalChannel = Pick<BroadcastChannel, 'postMessage' | 'close' | 'onmessage'>

/** What shows the edits, once the local database is open. */
export interface Shown {
  readonly overlay: Overlay
  readonly horizon: Horizon
  /** Rows of these tables changed. */
  readonly onChanged: (tables: readonly string[]) => void
}

/** An edit that is being noted is shown for so long before the journal says that it has it. */
const NOTING_MS = 10_000
/** So many edits are laid in one transaction: other queries wait for it. */
const AT_A_TIME = 100
/** What is settled within this time is settled at once. */
const BRISK_MS = 50
const LONGEST_WAIT_MS = 1_000
/** Places of edits that the journal has given none yet come after all that have one. */
const AFTER_ALL = 2 ** 40

/**
 * The leader's part of writing: lays the journal's edits over the rows, sends them, notes what the server decides, and takes
 * them off when their rows have come down the read road. It sends before the local database is open, and without it.
 *
 *   page ── noted in the journal ──▶ laid over the rows ──▶ sent ──▶ decided, noted ──▶ seen in what the sync brings ──▶ taken off
 */
export class Writes {
  readonly #journal: JournalPort
  readonly #channel: JournalChannel
  readonly #uploader: Uploader
  readonly #entries = new Map<string, JournalEntry>()
  readonly #noting = new Map<string, { edit: LaidEdit, timer: ReturnType<typeof setTimeout> }>()
  /** Edits that this version of the app does not know. */
  readonly #unknown = new Set<string>()
  /** Edits that lie over the rows and were given their place since. */
  readonly #placed = new Map<string, number>()
  /** Since when this leader waits for the rows of edits that are applied (ms of `performance.now`). */
  readonly #appliedAt = new Map<string, number>()
  #again: ReturnType<typeof setTimeout> | undefined
  #later: ReturnType<typeof setTimeout> | undefined
  /** How long the last settling took, in ms. */
  #took = 0
  #ordered: readonly JournalEntry[] | undefined
  #laid = new Set<string>()
  #shown: Shown | undefined
  #working: Promise<void> = Promise.resolve()
  #isDue = false
  #isAlone = false
  #next = AFTER_ALL
  #end = () => {}
  #isStopped = false

  private constructor(options: WritesOptions) {
    this.#journal = options.journal
    this.#channel = options.channel
    this.#channel.onmessage = ({ data }: MessageEvent<JournalNews>) => this.#hear(data)
    this.#uploader = new Uploader({
      entries: () => this.#isAlone ? this.#inOrder() : [],
      send: (mutations, signal) => send(options, mutations, signal),
      decided: results => this.#decide(results),
      onState: () => this.#say(),
    })
  }

  /** Reads the journal and begins to send. Rejects where it cannot be read. */
  static async open(options: WritesOptions): Promise<Writes> {
    const { journal } = options
    const writes = new Writes(options)
    await journal.remove(sweep(await journal.all(), Date.now())).catch((error: unknown) => console.warn('What is done could not be taken out of the journal:', error))
    // What is heard while they are read is newer.
    for (const entry of await journal.all()) if (!writes.#entries.has(entry.mutation.id)) writes.#entries.set(entry.mutation.id, entry)
    writes.#ordered = undefined
    const until = new Promise<void>(resolve => writes.#end = resolve)
    void options.lock(() => {
      writes.#isAlone = true
      writes.#uploader.look()
      return until
    }).catch((error: unknown) => console.warn('Edits are not sent by this leader:', error))
    return writes
  }

  /** The local database is open: shows the edits in it. Resolves when it does. */
  async attach(shown: Shown): Promise<void> {
    this.#laid = await shown.overlay.laid()
    // One that was laid before the journal had given it its place may have kept none.
    for (const { mutation: { id }, seq } of this.#inOrder()) if (this.#laid.has(id)) this.#placed.set(id, seq)
    this.#shown = shown
    await this.#settle()
  }

  /** What is held here, or what the server says of it, has changed. */
  async seen(): Promise<void> {
    if (this.#entries.size === 0 && this.#laid.size === 0) return
    if (this.#took > BRISK_MS) return this.#settleLater()
    await this.#settle()
  }

  /** The edits of this device may be sent now: somebody signed in, the network is back. */
  wake(): void {
    this.#uploader.wake()
  }

  /** The server has spoken to this person: what was parked for want of a session has one. */
  heard(): void {
    if (this.#uploader.state === 'parked') this.#uploader.wake()
  }

  /** The person is no longer in a company: of their edits of it only what they typed is kept. */
  async ended(company: string): Promise<void> {
    const { entries, gone } = await this.#journal.strip(company)
    if (this.#isStopped) return
    for (const id of gone) this.#entries.delete(id)
    for (const entry of entries) this.#entries.set(entry.mutation.id, entry)
    this.#ordered = undefined
    if (gone.length > 0) this.#channel.postMessage({ kind: 'removed', ids: gone } satisfies JournalNews)
    if (entries.length > 0) this.#channel.postMessage({ kind: 'noted', entries } satisfies JournalNews)
  }

  /** Ends all; resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#uploader.stop()
    this.#end()
    for (const { timer } of this.#noting.values()) clearTimeout(timer)
    clearTimeout(this.#again)
    clearTimeout(this.#later)
    this.#channel.close()
    await this.#working
    this.#journal.close()
  }

  /** Pages say what their edits wait for. */
  #say(): void {
    if (!this.#isStopped) this.#channel.postMessage({ kind: 'upload', state: this.#uploader.state } satisfies JournalNews)
  }

  #hear(news: JournalNews): void {
    switch (news.kind) {
      case 'hello': return this.#say()
      case 'upload': return
      case 'adding': {
        for (const edit of news.edits) this.#add(edit)
        break
      }
      case 'noted': {
        this.#take(news.entries)
        break
      }
      default: {
        for (const id of news.ids) {
          this.#forget(id)
          this.#entries.delete(id)
        }
        this.#ordered = undefined
        // What one that is gone has held up may go now.
        this.#uploader.look()
      }
    }
    void this.#settle()
  }

  /** It is shown before it is noted; where it never is, it goes again. */
  #add({ mutation, at }: NewEntry): void {
    if (this.#entries.has(mutation.id) || this.#noting.has(mutation.id)) return
    const timer = setTimeout(() => void this.#giveUp(mutation.id), NOTING_MS)
    this.#noting.set(mutation.id, { edit: { mutation, at, place: this.#next++ }, timer })
  }

  /** Its page may have been closed between noting and telling: what is noted stays. */
  async #giveUp(id: string): Promise<void> {
    const noted = await this.#journal.all().catch(() => [])
    this.#forget(id)
    if (this.#isStopped) return
    this.#take(noted.filter(({ mutation }) => !this.#entries.has(mutation.id)))
    void this.#settle()
  }

  #forget(id: string): void {
    clearTimeout(this.#noting.get(id)?.timer)
    this.#noting.delete(id)
  }

  #take(entries: readonly JournalEntry[]): void {
    const seqs = new Set(entries.map(({ seq }) => seq))
    // One that was sent again stands where the one before it stood, under another key.
    const ids = new Set(entries.map(({ mutation }) => mutation.id))
    for (const [id, { seq }] of this.#entries) if (seqs.has(seq) && !ids.has(id)) this.#entries.delete(id)
    for (const entry of entries) {
      // Told late, by a page that was busy: what was decided since stays so.
      const known = this.#entries.get(entry.mutation.id)
      if (entry.state === 'waiting' && known && known.state !== 'waiting') continue
      if (this.#noting.has(entry.mutation.id)) this.#placed.set(entry.mutation.id, entry.seq)
      this.#forget(entry.mutation.id)
      this.#entries.set(entry.mutation.id, entry)
    }
    this.#ordered = undefined
    this.#uploader.look()
  }

  get #hasRefused(): boolean {
    return this.#inOrder().some(({ state }) => state === 'conflict' || state === 'refused')
  }

  #inOrder(): readonly JournalEntry[] {
    return this.#ordered ??= [...this.#entries.values()].toSorted((a, b) => a.seq - b.seq)
  }

  async #decide(results: readonly MutationResult[]): Promise<void> {
    const all = results.flatMap(result => told(result) ?? [])
    const ended = new Set(results.flatMap(result => result.status === 'refused' && result.code === 'membership_ended' ? this.#entries.get(result.id)?.mutation.company ?? [] : []))
    await this.#tell(all)
    for (const company of ended) await this.ended(company)
    if (all.some(({ id }) => this.#entries.get(id)?.state === 'waiting')) {
      // The journal says something else than what is remembered here of it.
      this.#take(await this.#journal.all())
      if (all.some(({ id }) => this.#entries.get(id)?.state === 'waiting')) throw new Error('The journal does not take what was decided')
    }
    this.#settleLater()
  }

  async #tell(all: Parameters<Journal['tell']>[0]): Promise<void> {
    if (all.length === 0) return
    const changed = await this.#journal.tell(all, Date.now())
    this.#take(changed)
    if (changed.length > 0 && !this.#isStopped) this.#channel.postMessage({ kind: 'noted', entries: changed } satisfies JournalNews)
  }

  /** Where thousands go out each answer would be settled for as long as the next one takes: no more than half of the time goes to it. */
  #settleLater(): void {
    if (this.#took <= BRISK_MS) return void this.#settle()
    this.#later ??= setTimeout(() => {
      this.#later = undefined
      void this.#settle()
    }, Math.min(LONGEST_WAIT_MS, this.#took))
  }

  /** Makes what lies over the rows equal to what is to be shown. One at a time; what comes meanwhile is done after it. */
  #settle(): Promise<void> {
    if (!this.#isDue) {
      this.#isDue = true
      this.#working = this.#working.then(async () => {
        this.#isDue = false
        const began = performance.now()
        if (!this.#isStopped) await this.#settleNow().catch((error: unknown) => console.error('Unsent edits could not be shown:', error))
        this.#took = performance.now() - began
      })
    }
    return this.#working
  }

  async #settleNow(): Promise<void> {
    const { overlay, horizon, onChanged } = this.#shown ?? {}
    if (!overlay || !horizon?.isKnown()) return
    const tables = await this.#layWanted(overlay, horizon)
    // Not before all are laid: what was sent before the database was open is shown until its rows are here.
    if (await this.#look(overlay, horizon)) for (const table of await this.#layWanted(overlay, horizon)) tables.add(table)
    if (tables.size > 0) onChanged?.([...tables])
  }

  /** Lays what is to be shown and does not lie there yet, and takes off what is not. Out: the tables in which rows changed. */
  async #layWanted(overlay: Overlay, horizon: Horizon): Promise<Set<string>> {
    // What hangs on an edit that was decided against goes off the screen with it: both are in the list of changes.
    const held = this.#hasRefused ? chainsOf(this.#inOrder()).held : new Map<string, string>()
    const edits: LaidEdit[] = this.#inOrder().filter(({ state, mutation }) => isShown(state) && !held.has(mutation.id) && horizon.holds(mutation.company))
      .map(({ mutation, at, seq }) => ({ mutation, at, place: seq }))
    edits.push(...[...this.#noting.values()].flatMap(({ edit }) => horizon.holds(edit.mutation.company) ? edit : []))
    const wanted = new Set(edits.map(({ mutation }) => mutation.id))
    const tables = new Set<string>()
    const off = [...this.#laid].filter(id => !wanted.has(id))
    for (const table of await overlay.unlay(off)) tables.add(table)
    for (const id of off) this.#laid.delete(id)
    const due = edits.filter(({ mutation: { id } }) => !this.#laid.has(id) && !this.#unknown.has(id))
    for (let first = 0; first < due.length; first += AT_A_TIME) {
      for (const table of await this.#lay(overlay, due.slice(first, first + AT_A_TIME))) tables.add(table)
    }
    const placed = [...this.#placed].filter(([id]) => this.#laid.has(id))
    await overlay.place(placed.map(([id, place]) => ({ id, place })))
    for (const [id] of placed) this.#placed.delete(id)
    return tables
  }

  /** Notes what can be seen; looks again for what may never be. Out: whether there was any. */
  async #look(overlay: Overlay, horizon: Horizon): Promise<boolean> {
    const now = performance.now()
    for (const { state, mutation: { id } } of this.#inOrder()) {
      if (state !== 'applied') this.#appliedAt.delete(id)
      else if (!this.#appliedAt.has(id)) this.#appliedAt.set(id, now)
    }
    const seen = await seenEntries(this.#inOrder(), this.#laid, overlay, horizon, id => now - (this.#appliedAt.get(id) ?? now))
    await this.#tell(seen.map(id => ({ id, event: 'seen' })))
    clearTimeout(this.#again)
    if (this.#appliedAt.size > seen.length) this.#again = setTimeout(() => void this.#settle(), PATIENCE_MS / 3)
    return seen.length > 0
  }

  async #lay(overlay: Overlay, edits: readonly LaidEdit[]): Promise<string[]> {
    try {
      const tables = await overlay.lay(edits)
      for (const { mutation } of edits) this.#laid.add(mutation.id)
      return tables
    }
    catch (error) {
      const [only, ...others] = edits
      if (only && others.length === 0) {
        // It is sent all the same: the server knows the mutations of more than one version. What failed for want of room is tried again.
        console.warn('An unsent edit cannot be shown:', error)
        if (error instanceof UnknownEdit) this.#unknown.add(only.mutation.id)
        return []
      }
      const tables: string[] = []
      for (const edit of edits) tables.push(...await this.#lay(overlay, [edit]))
      return tables
    }
  }
}
