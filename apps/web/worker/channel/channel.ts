import { channelName, liveKey, tabLock, type EndReason, type FromLeader, type FromTab, type HeldReason, type Question, type RowsPush } from '#shared/protocol/leader'
import type { RowChanges } from '#shared/protocol/row-changes'
import { failureOf } from '../reads/failure'
import type { LiveReads, ReadOutcome } from '../reads/live-reads'
import { Questions } from './questions'

export interface ChannelOptions {
  database: string
  reads: LiveReads
  /** Answers a question with rows; what it throws becomes the failure. */
  answer: (question: Question) => Promise<object[]>
  /** Whether the database is being closed for good: what fails from then on fails by that, and its end is said to all. */
  isEnding: () => boolean
}

/** Tells the tabs of a database that could not even be opened. */
export function sayEnded(database: string, reason: EndReason, message: string): void {
  const channel = new BroadcastChannel(channelName(database))
  channel.postMessage({ to: 'tabs', kind: 'ended', reason, message } satisfies FromLeader)
  channel.close()
}

/** A worker that has just been terminated lets go before that; whoever holds the files for longer is another window. */
const HELD_NOTICE_MS = 10_000
const HELD_REPEAT_MS = 2_000

/** Tells the tabs of a database that is waited for: not at once, and again for those that come later. */
export class HeldNotice {
  readonly #channel: BroadcastChannel
  #next: number | undefined
  #isClosed = false

  constructor(database: string) {
    this.#channel = new BroadcastChannel(channelName(database))
  }

  /** It was tried just now, in vain. */
  held(why: HeldReason): void {
    // A file that is asked for after the opening, for a purge, is nothing that tabs wait for.
    if (this.#isClosed) return
    const now = performance.now()
    this.#next ??= now + HELD_NOTICE_MS
    if (now < this.#next) return
    this.#next = now + HELD_REPEAT_MS
    this.#channel.postMessage({ to: 'tabs', kind: 'held', why } satisfies FromLeader)
  }

  close(): void {
    this.#isClosed = true
    this.#channel.close()
  }
}

/** Where fewer than half of the rows are new, their places are the shorter message. */
const isShorter = ({ fresh }: RowChanges, rows: readonly object[]) => rows.length >= 8 && fresh * 2 <= rows.length

/** A live read that some tabs hold. */
interface Shared {
  readonly tabs: Set<string>
  /** What was said of it last; undefined before its first answer. */
  last: { version: number, outcome: ReadOutcome } | undefined
  end: () => void
}

/** The leader's end of the channel of one database: answers questions, feeds live reads, lets go of tabs that left. */
export class LeaderChannel {
  readonly #options: ChannelOptions
  readonly #channel: BroadcastChannel
  readonly #epoch = crypto.randomUUID()
  readonly #questions = new Questions()
  readonly #shared = new Map<string, Shared>()
  readonly #tabs = new Set<string>()
  readonly #closed = new AbortController()

  constructor(options: ChannelOptions) {
    this.#options = options
    this.#channel = new BroadcastChannel(channelName(options.database))
    this.#channel.onmessage = (event: MessageEvent<FromTab | FromLeader>) => {
      if (event.data.to === 'leader') this.#receive(event.data)
    }
    this.#post({ to: 'tabs', kind: 'lead', epoch: this.#epoch })
  }

  /** Tells every tab, or those of one version, that nothing will be answered any more, and falls silent. */
  end(reason: EndReason, message: string, version?: string): void {
    if (this.#closed.signal.aborted) return
    this.#post({ to: 'tabs', kind: 'ended', reason, message, ...(version !== undefined && { version }) })
    this.close()
  }

  /** Tells the tabs of another version that they are too old for this leader, which goes on. */
  turnAway(message: string, version: string): void {
    this.#post({ to: 'tabs', kind: 'ended', reason: 'outdated', message, version })
  }

  close(): void {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    this.#questions.close()
    for (const tab of this.#tabs) this.#release(tab)
    this.#channel.close()
  }

  #post(message: FromLeader): void {
    if (!this.#closed.signal.aborted) this.#channel.postMessage(message)
  }

  #receive(message: FromTab): void {
    switch (message.kind) {
      case 'ask': return this.#ask(message)
      case 'forget': return this.#questions.forget(message.tab, message.id)
      case 'subscribe': return this.#subscribe(message)
      case 'unsubscribe': return this.#unsubscribe(message.tab, liveKey(message.read, message.params))
    }
  }

  #ask({ tab, id, question }: Extract<FromTab, { kind: 'ask' }>): void {
    const answer = () => this.#answer(tab, id, question)
    if (!isOfDatabase(question)) return void answer()
    this.#watch(tab)
    this.#questions.add(tab, id, answer)
  }

  async #answer(tab: string, id: number, question: Question): Promise<void> {
    try {
      this.#post({ to: 'tabs', kind: 'answer', epoch: this.#epoch, tab, id, rows: await this.#options.answer(question) })
    }
    catch (error) {
      // The tab hears why of the end itself: a query that failed would be told as a fault that one may try again.
      if (isOfDatabase(question) && this.#options.isEnding()) return
      this.#post({ to: 'tabs', kind: 'answer', epoch: this.#epoch, tab, id, failure: failureOf(error) })
    }
  }

  #subscribe({ tab, read, params }: Extract<FromTab, { kind: 'subscribe' }>): void {
    this.#watch(tab)
    const live = liveKey(read, params)
    const held = this.#shared.get(live)
    if (held) {
      held.tabs.add(tab)
      // Joined later, or asks again because it missed something: it alone gets the whole.
      if (held.last) this.#post({ to: 'tabs', kind: 'rows', epoch: this.#epoch, live, tab, push: whole(held.last) })
      return
    }
    const shared: Shared = { tabs: new Set([tab]), last: undefined, end: () => {} }
    this.#shared.set(live, shared)
    shared.end = this.#options.reads.subscribe(read, params, (outcome, changes) => this.#push(live, shared, outcome, changes))
  }

  /** Once for all tabs. */
  #push(live: string, shared: Shared, outcome: ReadOutcome, changes: RowChanges | undefined): void {
    if ('failure' in outcome && this.#options.isEnding()) return
    const base = shared.last?.version
    const last = shared.last = { version: (base ?? 0) + 1, outcome }
    const push: RowsPush = base !== undefined && changes && 'rows' in outcome && isShorter(changes, outcome.rows)
      ? { version: last.version, base, pieces: changes.pieces, ...(outcome.complete !== undefined && { complete: outcome.complete }) }
      : whole(last)
    this.#post({ to: 'tabs', kind: 'rows', epoch: this.#epoch, live, push })
  }

  #unsubscribe(tab: string, live: string): void {
    const shared = this.#shared.get(live)
    if (!shared?.tabs.delete(tab) || shared.tabs.size > 0) return
    this.#shared.delete(live)
    shared.end()
  }

  /** A tab holds a lock for as long as it lives; when we get it, the tab is gone. */
  #watch(tab: string): void {
    if (this.#tabs.has(tab)) return
    this.#tabs.add(tab)
    navigator.locks.request(tabLock(this.#options.database, tab), { signal: this.#closed.signal }, () => this.#release(tab))
      .catch(() => undefined)
  }

  #release(tab: string): void {
    this.#tabs.delete(tab)
    this.#questions.release(tab)
    for (const live of [...this.#shared.keys()]) this.#unsubscribe(tab, live)
  }
}

const isOfDatabase = ({ kind }: Question) => kind === 'query' || kind === 'read'
const whole = ({ version, outcome }: NonNullable<Shared['last']>): RowsPush => ({ version, ...outcome })
