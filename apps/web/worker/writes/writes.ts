import { chainsOf } from '#shared/journal/chains'
import type { JournalNews } from '#shared/journal/channel'
import { hasForeign, type JournalEntry, type NewEntry } from '#shared/journal/entry'
import { KnownEntries } from '#shared/journal/known-entries'
import type { Journal } from '#shared/journal/store'
import { answerBody } from '#shared/protocol/answers'
import type { MutationResult } from '#shared/protocol/mutations'
import { sweep, told } from './decisions'
import { editsOfErased } from './erased-leads'
import { Laying } from './laying'
import type { LaidEdit, Overlay } from './overlay'
import type { Horizon } from './seen'
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
export type JournalPort = Pick<Journal, 'all' | 'tell' | 'remove' | 'erase' | 'close'>
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
/** What is settled within this time is settled at once. */
const BRISK_MS = 50
const LONGEST_WAIT_MS = 1_000
/** Places of edits that the journal has given none yet come after all that have one. */
const AFTER_ALL = 2 ** 40

/** Whether an entry that is decided holds what may not stay when its company is left. */
const isOfOthers = (entry: JournalEntry) => entry.state === 'applied' || entry.state === 'done' || (entry.state !== 'waiting' && hasForeign(entry))

/** Takes out of a journal what has been kept for long enough. */
async function tidy(journal: JournalPort): Promise<void> {
  const { done, ended } = sweep(await journal.all(), Date.now())
  await journal.remove(done)
  if (ended.length > 0) await journal.erase({ whole: ended })
}

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
  readonly #known = new KnownEntries()
  readonly #noting = new Map<string, { edit: LaidEdit, timer: ReturnType<typeof setTimeout> }>()
  #laying: Laying | undefined
  #onChanged: Shown['onChanged'] = () => {}
  #again: ReturnType<typeof setTimeout> | undefined
  #later: ReturnType<typeof setTimeout> | undefined
  /** How long the last settling took, in ms. */
  #took = 0
  #working: Promise<void> = Promise.resolve()
  #isDue = false
  #isAlone = false
  #nextPlace = AFTER_ALL
  #letGo = () => {}
  #isStopped = false

  private constructor(options: WritesOptions) {
    this.#journal = options.journal
    this.#channel = options.channel
    this.#channel.onmessage = ({ data }: MessageEvent<JournalNews>) => this.#hear(data)
    this.#uploader = new Uploader({
      entries: () => this.#isAlone ? this.#known.inOrder : [],
      send: (mutations, signal) => send(options, mutations, signal),
      decided: results => this.#decide(results),
      onState: () => this.#sayState(),
    })
  }

  /** Reads the journal and begins to send. Rejects where it cannot be read. */
  static async open(options: WritesOptions): Promise<Writes> {
    const { journal } = options
    const writes = new Writes(options)
    await tidy(journal).catch((error: unknown) => console.warn('What is over could not be taken out of the journal:', error))
    // What was heard while they were read is newer.
    writes.#known.take((await journal.all()).filter(({ mutation }) => !writes.#known.has(mutation.id)))
    const until = new Promise<void>((resolve) => { writes.#letGo = resolve })
    void options.lock(() => {
      writes.#isAlone = true
      writes.#uploader.look()
      return until
    }).catch((error: unknown) => console.warn('Edits are not sent by this leader:', error))
    return writes
  }

  /** The local database is open: shows the edits in it. Resolves when it does. */
  async attach({ overlay, horizon, onChanged }: Shown): Promise<void> {
    this.#onChanged = onChanged
    this.#laying = await Laying.over(overlay, horizon, this.#known.inOrder)
    await this.#settle()
  }

  /** What is held here, or what the server says of it, has changed. */
  async seen(): Promise<void> {
    if (this.#known.inOrder.length === 0 && this.#laying?.isEmpty !== false) return
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

  /**
   * The person is no longer in a company. What is done goes, what was decided against keeps only what they typed, and so
   * does what that held up, which no server will be asked. What waits to be sent is answered by the server first: it may
   * have been sent before, and is known there by every word of it.
   */
  async ended(company: string): Promise<void> {
    const mine = this.#known.inOrder.filter(({ mutation }) => mutation.company === company)
    const { held } = chainsOf(this.#known.inOrder)
    const answer = answerBody('membership_ended', { company })
    await this.#tell(mine.filter(({ mutation }) => held.has(mutation.id)).map(({ mutation }) => ({ id: mutation.id, event: 'refused', decision: { answer } })))
    await this.#erase(mine)
  }

  /** Leads were erased: of edits of them the journal keeps what their author still has to decide about, in their own words. See `editsOfErased`. */
  async erased(isHere: (company: string) => boolean, thereOf: (ids: readonly string[]) => Promise<ReadonlySet<unknown>>): Promise<void> {
    await this.#erase(await editsOfErased(this.#known.inOrder, isHere, thereOf))
  }

  async #erase(mine: readonly JournalEntry[]): Promise<void> {
    const idsOf = (...states: JournalEntry['state'][]) => mine.map(({ mutation }) => this.#known.get(mutation.id))
      .flatMap(entry => entry && states.includes(entry.state) ? entry.mutation.id : [])
    const { gone, stripped } = await this.#journal.erase({ whole: idsOf('applied', 'done'), foreign: idsOf('conflict', 'refused') })
    if (this.#isStopped || gone.length + stripped.length === 0) return
    this.#known.forget(gone)
    this.#known.take(stripped)
    this.#say({ kind: 'removed', ids: gone })
    this.#say({ kind: 'noted', entries: stripped })
    this.#settleLater()
  }

  /** The companies that the person is in, all of them: what the journal holds of another one ends, where a kill has kept it from that. */
  async keepOf(companies: readonly string[]): Promise<void> {
    const left = new Set(this.#known.inOrder.filter(isOfOthers).flatMap(({ mutation }) => mutation.company ?? []))
    for (const company of companies) left.delete(company)
    for (const company of left) await this.ended(company)
  }

  /** Ends all; resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#uploader.stop()
    this.#letGo()
    for (const { timer } of this.#noting.values()) clearTimeout(timer)
    clearTimeout(this.#again)
    clearTimeout(this.#later)
    this.#channel.close()
    await this.#working
    this.#journal.close()
  }

  #say(news: JournalNews): void {
    if (!this.#isStopped) this.#channel.postMessage(news)
  }

  /** Pages say what their edits wait for. */
  #sayState(): void {
    this.#say({ kind: 'upload', state: this.#uploader.state })
  }

  #hear(news: JournalNews): void {
    switch (news.kind) {
      case 'hello': return this.#sayState()
      case 'upload': return
      case 'adding': {
        for (const edit of news.edits) this.#add(edit)
        break
      }
      case 'noted': {
        this.#take(news.entries)
        break
      }
      case 'dropped':
      case 'removed': {
        for (const id of news.ids) this.#endNoting(id)
        this.#known.forget(news.ids)
        // What one that is gone has held up may go now.
        this.#uploader.look()
      }
    }
    void this.#settle()
  }

  /** It is shown before it is noted; where it never is, it goes again. */
  #add({ mutation, at }: NewEntry): void {
    if (this.#known.has(mutation.id) || this.#noting.has(mutation.id)) return
    const timer = setTimeout(() => void this.#giveUp(mutation.id), NOTING_MS)
    this.#noting.set(mutation.id, { edit: { mutation, at, place: this.#nextPlace++ }, timer })
  }

  /** Its page may have been closed between noting and telling: what is noted stays. */
  async #giveUp(id: string): Promise<void> {
    const noted = await this.#journal.all().catch(() => [])
    this.#endNoting(id)
    if (this.#isStopped) return
    this.#take(noted.filter(({ mutation }) => !this.#known.has(mutation.id)))
    void this.#settle()
  }

  #endNoting(id: string): boolean {
    clearTimeout(this.#noting.get(id)?.timer)
    return this.#noting.delete(id)
  }

  #take(entries: readonly JournalEntry[]): void {
    for (const { mutation: { id }, seq } of this.#known.take(entries)) if (this.#endNoting(id)) this.#laying?.place(id, seq)
    this.#uploader.look()
  }

  async #decide(results: readonly MutationResult[]): Promise<void> {
    const all = results.flatMap(result => told(result) ?? [])
    const ended = new Set(all.flatMap(({ id, decision }) => decision.answer?.code === 'membership_ended' ? this.#known.get(id)?.mutation.company ?? [] : []))
    await this.#tell(all)
    for (const company of ended) await this.ended(company)
    const isWaiting = () => all.some(({ id }) => this.#known.get(id)?.state === 'waiting')
    // The journal says something else than what is remembered here of it.
    if (isWaiting()) this.#take(await this.#journal.all())
    if (isWaiting()) throw new Error('The journal does not take what was decided')
    this.#settleLater()
  }

  async #tell(all: Parameters<Journal['tell']>[0]): Promise<void> {
    if (all.length === 0) return
    const changed = await this.#journal.tell(all, Date.now())
    this.#take(changed)
    this.#say({ kind: 'noted', entries: changed })
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
    const laying = this.#laying
    if (!laying) return
    const settled = () => laying.settle(this.#known.inOrder, [...this.#noting.values()].map(({ edit }) => edit))
    const tables = await settled()
    const { ids, after } = await laying.seen(this.#known.inOrder)
    if (ids.length > 0) {
      await this.#tell(ids.map(id => ({ id, event: 'seen' })))
      for (const table of await settled()) tables.add(table)
    }
    clearTimeout(this.#again)
    if (after !== undefined && !this.#isStopped) this.#again = setTimeout(() => void this.#settle(), after)
    if (tables.size > 0) this.#onChanged([...tables])
  }
}
