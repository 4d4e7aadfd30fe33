import { channelName, liveKey, tabLock, type FromLeader, type FromTab, type HeldReason, type Question, type RowsPush } from '#shared/protocol/leader'
import { applyPieces } from '#shared/protocol/row-changes'
import { LIVE, PORT, QUESTION, type LiveEvent, type LiveState, type PortEvent, type PortState, type QuestionEvent, type QuestionKind, type QuestionState } from './leader-states'
import { isLeaseEnd } from './lease-end'
import { PGliteError, toldFailure } from './pglite-error'

export interface LiveListener {
  /** @param complete whether the local copy holds all that the read needs; undefined until that is known */
  rows: (rows: object[], complete?: boolean) => void
  failed: (error: PGliteError) => void
}

export interface LeaderPortOptions {
  /** Of this page: what is said to the tabs of another version is not for it. */
  version: string
  /** Closed for good. */
  onEnded: (error: PGliteError) => void
  /** Why the leader to be cannot open the database yet; undefined: it has what it waited for. */
  onHeld: (why: HeldReason | undefined) => void
  /** The leader shows nothing, for this reason, until it has heard the server; undefined: it shows rows (again). */
  onLease: (end: PGliteError | undefined) => void
}

interface Asked {
  readonly id: number
  readonly question: Question
  readonly kind: QuestionKind
  state: QuestionState
  readonly resolve: (rows: object[]) => void
  readonly reject: (error: PGliteError) => void
}

interface Live {
  readonly key: string
  readonly read: string
  readonly params: unknown[]
  readonly listeners: Set<LiveListener>
  state: LiveState
  last: { version: number, rows: object[], complete: boolean | undefined } | undefined
  /** Why nothing may be shown, where that was said last. */
  ended: PGliteError | undefined
}

/** What came with an event. */
interface Word { rows?: object[], error?: PGliteError, push?: RowsPush, why?: HeldReason }

/**
 * A tab's end of the conversation with the elected leader (`shared/protocol/leader`); its states are those of
 * `leader-states`. A leader can vanish in the middle of any question without a word, so a question stays on the list
 * until it is answered and is sent again to each new leader: every question is safe to ask twice.
 */
export class LeaderPort {
  /** Plain http to another machine has neither randomUUID nor Web Locks; then the port ends before the name is used. */
  readonly tab = 'randomUUID' in crypto ? crypto.randomUUID() : ''
  readonly #channel: BroadcastChannel
  readonly #asked = new Map<number, Asked>()
  readonly #live = new Map<string, Live>()
  readonly #options: LeaderPortOptions
  #state: PortState = 'locking'
  #nextId = 1
  #epoch: string | undefined
  #over: PGliteError | undefined
  #letGo = () => {}

  constructor(database: string, options: LeaderPortOptions) {
    this.#options = options
    this.#channel = new BroadcastChannel(channelName(database))
    this.#channel.onmessage = (event: MessageEvent<FromLeader | FromTab>) => {
      if (event.data.to === 'tabs') this.#hear(event.data)
    }
    if (!('locks' in navigator)) {
      queueMicrotask(() => this.#step('ended', { error: new PGliteError('unsupported') }))
      return
    }
    void navigator.locks.request(tabLock(database, this.tab), () => new Promise<void>((resolve) => {
      this.#letGo = resolve
      if (this.#over) return resolve()
      this.#step('locked')
    }))
  }

  get state(): PortState {
    return this.#state
  }

  /**
   * Asks the leader; resolves with rows. Rejects with a PGliteError: `query_failed`, why the database is closed, or
   * `cancelled` when the signal says that nobody waits any more; what has not begun then never does.
   */
  ask(question: Question, signal?: AbortSignal): Promise<object[]> {
    if (this.#over) return Promise.reject(this.#over)
    if (signal?.aborted) return Promise.reject(new PGliteError('cancelled'))
    return new Promise((resolve, reject) => {
      const asked: Asked = { id: this.#nextId++, question, kind: question.kind === 'purge' ? 'purge' : 'read', state: 'unsent', resolve, reject }
      this.#asked.set(asked.id, asked)
      // Heard after the answer it changes nothing: a settled question has nothing to forget.
      signal?.addEventListener('abort', () => this.#ofQuestion(asked, 'forgotten'), { once: true })
      if (this.#isReachable) this.#ofQuestion(asked, 'say')
    })
  }

  /** Hears the rows of a read now and after each change; equal reads of this tab share one subscription. Returns the end of it. */
  subscribe(read: string, params: unknown[], listener: LiveListener): () => void {
    if (this.#over) {
      listener.failed(this.#over)
      return () => {}
    }
    const live = this.#sharedLive(read, params)
    live.listeners.add(listener)
    if (live.ended) listener.failed(live.ended)
    else if (live.last) listener.rows(live.last.rows, live.last.complete)
    return () => {
      live.listeners.delete(listener)
      if (live.listeners.size === 0) this.#ofLive(live, 'left')
    }
  }

  /** Asks and subscribes anew: after a time in which this page heard nothing, and may have missed a new leader. */
  again(): void {
    this.#step('back')
  }

  /** Closes this end: what is open rejects with the error, the leader releases what this tab held. */
  close(error: PGliteError): void {
    this.#step('closed', { error })
  }

  /** Nothing is sent before the tab's lock is held: a leader that gets the lock takes the tab for gone. */
  get #isReachable(): boolean {
    return this.#state !== 'locking' && this.#state !== 'over'
  }

  #sharedLive(read: string, params: unknown[]): Live {
    const key = liveKey(read, params)
    const held = this.#live.get(key)
    if (held) return held
    const live: Live = { key, read, params, listeners: new Set(), state: 'unsent', last: undefined, ended: undefined }
    this.#live.set(key, live)
    if (this.#isReachable) this.#ofLive(live, 'say')
    return live
  }

  #hear(message: FromLeader): void {
    switch (message.kind) {
      case 'ended': return message.version !== undefined && message.version !== this.#options.version ? undefined : this.#step('ended', { error: new PGliteError(message.reason, message.message) })
      case 'held': return this.#step('held', { why: message.why ?? 'held' })
      case 'lead': return this.#meet(message.epoch)
    }
    const asked = message.kind === 'answer' && message.tab === this.tab ? this.#asked.get(message.id) : undefined
    const live = message.kind === 'rows' && (message.tab ?? this.tab) === this.tab ? this.#live.get(message.live) : undefined
    if (!asked && !live) return
    // A leader whose `lead` was missed, by a page that was frozen then: all is said again to it.
    if (this.#epoch !== undefined && message.epoch !== this.#epoch) this.#meet(message.epoch)
    this.#epoch = message.epoch
    this.#step('word')
    if (message.kind === 'rows') {
      if (live) this.#take(live, message.push)
    }
    else if (asked) {
      const { rows = [], failure } = message
      this.#ofQuestion(asked, failure ? 'failure' : 'answer', { rows, error: failure && toldFailure(failure) })
    }
  }

  #meet(epoch: string): void {
    const isNew = epoch !== this.#epoch
    this.#epoch = epoch
    this.#step(isNew ? 'lead' : 'lead_again')
  }

  #take(live: Live, push: RowsPush): void {
    if ('failure' in push) this.#ofLive(live, 'failure', { error: toldFailure(push.failure) })
    else if ('rows' in push) this.#ofLive(live, 'rows', { push })
    else this.#ofLive(live, push.base === live.last?.version ? 'changes' : 'strange_changes', { push })
  }

  #step(event: PortEvent, word: Word = {}): void {
    const [next, effect] = PORT[this.#state][event]
    this.#state = next
    switch (effect) {
      case 'nothing': case 'pass': return
      case 'say_all': return this.#sayAll()
      case 'tell_held': return this.#options.onHeld(word.why)
      case 'tell_free': case 'pass_and_tell_free': return this.#options.onHeld(undefined)
      case 'say_all_and_tell_free':
        this.#options.onHeld(undefined)
        return this.#sayAll()
      case 'settle': return this.#settle(word.error ?? new PGliteError('closed'))
      case 'settle_and_tell': {
        const error = word.error ?? new PGliteError('closed')
        this.#settle(error)
        return this.#options.onEnded(error)
      }
    }
  }

  #sayAll(): void {
    for (const asked of [...this.#asked.values()]) this.#ofQuestion(asked, 'say')
    for (const live of [...this.#live.values()]) this.#ofLive(live, 'say')
  }

  #settle(error: PGliteError): void {
    this.#over = error
    this.#letGo()
    this.#channel.close()
    for (const asked of [...this.#asked.values()]) this.#ofQuestion(asked, error.code === 'purged' ? 'purged' : 'over', { error })
    for (const live of [...this.#live.values()]) this.#ofLive(live, 'over', { error })
  }

  #ofQuestion(asked: Asked, event: QuestionEvent, { rows = [], error }: Word = {}): void {
    const [next, effect] = QUESTION[asked.kind][asked.state][event]
    asked.state = next
    if (next === 'settled') this.#asked.delete(asked.id)
    switch (effect) {
      case 'nothing': case 'leave_to_journal': return
      case 'post': return this.#post({ to: 'leader', kind: 'ask', tab: this.tab, id: asked.id, question: asked.question })
      case 'resolve': return asked.resolve(rows)
      case 'reject': return asked.reject(error ?? new PGliteError('closed'))
      case 'reject_forgotten': return asked.reject(new PGliteError('cancelled'))
      case 'post_forget':
        this.#post({ to: 'leader', kind: 'forget', tab: this.tab, id: asked.id })
        return asked.reject(new PGliteError('cancelled'))
    }
  }

  #ofLive(live: Live, event: LiveEvent, { error, push }: Word = {}): void {
    const [next, effect] = LIVE[live.state][event]
    live.state = next
    if (next === 'done' && this.#live.get(live.key) === live) this.#live.delete(live.key)
    const { read, params } = live
    switch (effect) {
      case 'nothing': return
      case 'post': return this.#post({ to: 'leader', kind: 'subscribe', tab: this.tab, read, params })
      case 'post_unsubscribe': return this.#post({ to: 'leader', kind: 'unsubscribe', tab: this.tab, read, params })
      case 'tell_failure':
        if (isLeaseEnd(error)) this.#hide(live, error)
        for (const listener of [...live.listeners]) listener.failed(error ?? new PGliteError('closed'))
        return
      case 'take': return push && this.#give(live, push)
    }
  }

  #give(live: Live, push: RowsPush): void {
    if ('failure' in push) return
    const rows = 'rows' in push ? push.rows : applyPieces(live.last?.rows ?? [], push.pieces)
    live.last = { version: push.version, rows, complete: push.complete }
    live.ended = undefined
    this.#options.onLease(undefined)
    for (const listener of [...live.listeners]) listener.rows(rows, push.complete)
  }

  /** Who joins this read from now on is not to be given what was shown before. */
  #hide(live: Live, end: PGliteError | undefined): void {
    live.last = undefined
    live.ended = end
    this.#options.onLease(end)
  }

  #post(message: FromTab): void {
    this.#channel.postMessage(message)
  }
}
