import { channelName, tabLock, type EndReason, type FromLeader, type FromTab, type Question } from '#shared/protocol/leader'
import { failureOf } from '../reads/failure'
import type { LiveReads, ReadOutcome } from '../reads/live-reads'

export interface ChannelOptions {
  database: string
  reads: LiveReads
  /** Answers a question with rows; what it throws becomes the failure. */
  answer: (question: Question) => Promise<object[]>
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

  constructor(database: string) {
    this.#channel = new BroadcastChannel(channelName(database))
  }

  /** Files were found held just now. */
  held(): void {
    const now = performance.now()
    this.#next ??= now + HELD_NOTICE_MS
    if (now < this.#next) return
    this.#next = now + HELD_REPEAT_MS
    this.#channel.postMessage({ to: 'tabs', kind: 'held' } satisfies FromLeader)
  }

  close(): void {
    this.#channel.close()
  }
}

/** The leader's end of the channel of one database: answers questions, feeds subscriptions, lets go of tabs that left. */
export class LeaderChannel {
  readonly #options: ChannelOptions
  readonly #channel: BroadcastChannel
  /** tab -> id of the subscription -> how to end it */
  readonly #tabs = new Map<string, Map<number, () => void>>()
  readonly #closed = new AbortController()

  constructor(options: ChannelOptions) {
    this.#options = options
    this.#channel = new BroadcastChannel(channelName(options.database))
    this.#channel.onmessage = (event: MessageEvent<FromTab | FromLeader>) => {
      if (event.data.to === 'leader') this.#receive(event.data)
    }
    this.#post({ to: 'tabs', kind: 'lead', epoch: crypto.randomUUID() })
  }

  /** Tells every tab that nothing will be answered any more, and falls silent. */
  end(reason: EndReason, message: string): void {
    if (this.#closed.signal.aborted) return
    this.#post({ to: 'tabs', kind: 'ended', reason, message })
    this.close()
  }

  close(): void {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    for (const tab of this.#tabs.keys()) this.#release(tab)
    this.#channel.close()
  }

  #post(message: FromLeader): void {
    if (!this.#closed.signal.aborted) this.#channel.postMessage(message)
  }

  #receive(message: FromTab): void {
    if (message.kind === 'ask') void this.#answer(message.tab, message.id, message.question)
    else if (message.kind === 'subscribe') this.#subscribe(message)
    else this.#unsubscribe(message.tab, message.id)
  }

  async #answer(tab: string, id: number, question: Question): Promise<void> {
    try {
      this.#post({ to: 'tabs', kind: 'answer', tab, id, rows: await this.#options.answer(question) })
    }
    catch (error) {
      this.#post({ to: 'tabs', kind: 'answer', tab, id, failure: failureOf(error) })
    }
  }

  #subscribe({ tab, id, read, params }: Extract<FromTab, { kind: 'subscribe' }>): void {
    let held = this.#tabs.get(tab)
    if (!held) {
      this.#tabs.set(tab, held = new Map())
      this.#watch(tab)
    }
    // Asked again after a `lead`: the new one replaces the old.
    held.get(id)?.()
    const push = (outcome: ReadOutcome) => this.#post({ to: 'tabs', kind: 'rows', tab, id, ...outcome })
    held.set(id, this.#options.reads.subscribe(read, params, push))
  }

  #unsubscribe(tab: string, id: number): void {
    this.#tabs.get(tab)?.get(id)?.()
    this.#tabs.get(tab)?.delete(id)
  }

  /** A tab holds a lock for as long as it lives; when we get it, the tab is gone. */
  #watch(tab: string): void {
    navigator.locks.request(tabLock(this.#options.database, tab), { signal: this.#closed.signal }, () => this.#release(tab))
      .catch(() => undefined)
  }

  #release(tab: string): void {
    for (const end of this.#tabs.get(tab)?.values() ?? []) end()
    this.#tabs.delete(tab)
  }
}
