import { channelName, tabLock, type FromLeader, type FromTab, type Question, type QueryFailure } from '#shared/protocol/leader'
import { PGliteError } from './pglite-error'

export interface LiveListener {
  /** @param complete whether the local copy holds all that the read needs; undefined until that is known */
  rows: (rows: object[], complete?: boolean) => void
  failed: (error: PGliteError) => void
}

export interface LeaderPortOptions {
  /** Closed for good. */
  onEnded: (error: PGliteError) => void
  /** The leader to be waits for files that another worker holds, or it has them now. */
  onHeld: (held: boolean) => void
}

interface Asked { question: Question, resolve: (rows: object[]) => void, reject: (error: PGliteError) => void }
interface Live { key: string, read: string, params: unknown[], listeners: Set<LiveListener>, last: { rows: object[], complete: boolean | undefined } | undefined }

/**
 * A tab's end of the conversation with the elected leader (`shared/protocol/leader`).
 *
 *   waiting ── answer or lead ──▶ led ── lead of another epoch ──▶ led (all asked again, all subscribed anew)
 *      └───────────── ended ──────┴─────────────────────────────▶ over (everything rejects, nothing is sent)
 *
 * A leader can vanish in the middle of any question without a word, so a question stays on the list until it is
 * answered and is sent again to each new leader: every question is safe to ask twice.
 */
export class LeaderPort {
  /** Plain http to another machine has neither randomUUID nor Web Locks; then the port ends before the name is used. */
  readonly tab = 'randomUUID' in crypto ? crypto.randomUUID() : ''
  readonly #channel: BroadcastChannel
  readonly #asked = new Map<number, Asked>()
  readonly #live = new Map<number, Live>()
  readonly #options: LeaderPortOptions
  #nextId = 1
  #epoch: string | undefined
  #over: PGliteError | undefined
  /** Nothing is sent before the tab's lock is held: a leader that gets the lock takes the tab for gone. */
  #holding = false
  #letGo = () => {}

  constructor(database: string, options: LeaderPortOptions) {
    this.#options = options
    this.#channel = new BroadcastChannel(channelName(database))
    this.#channel.onmessage = (event: MessageEvent<FromLeader | FromTab>) => {
      if (event.data.to === 'tabs') this.#hear(event.data)
    }
    if (!('locks' in navigator)) {
      queueMicrotask(() => this.#end(new PGliteError('unsupported')))
      return
    }
    void navigator.locks.request(tabLock(database, this.tab), () => new Promise<void>((resolve) => {
      this.#letGo = resolve
      if (this.#over) return resolve()
      this.#holding = true
      this.#sendAll()
    }))
  }

  /** Asks the leader; resolves with rows. Rejects with a PGliteError: `query_failed`, or why the database is closed. */
  ask(question: Question): Promise<object[]> {
    if (this.#over) return Promise.reject(this.#over)
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      this.#asked.set(id, { question, resolve, reject })
      this.#send({ to: 'leader', kind: 'ask', tab: this.tab, id, question })
    })
  }

  /** Hears the rows of a read now and after each change; equal reads of this tab share one subscription. Returns the end of it. */
  subscribe(read: string, params: unknown[], listener: LiveListener): () => void {
    if (this.#over) {
      listener.failed(this.#over)
      return () => {}
    }
    const [id, live] = this.#sharedLive(read, params)
    live.listeners.add(listener)
    if (live.last) listener.rows(live.last.rows, live.last.complete)
    return () => {
      live.listeners.delete(listener)
      if (live.listeners.size > 0 || this.#live.get(id) !== live) return
      this.#live.delete(id)
      this.#send({ to: 'leader', kind: 'unsubscribe', tab: this.tab, id })
    }
  }

  /** Asks and subscribes anew: after a time in which this page heard nothing, and may have missed a new leader. */
  again(): void {
    this.#sendAll()
  }

  /** Closes this end: what is open rejects with the error, the leader releases what this tab held. */
  close(error: PGliteError): void {
    if (this.#over) return
    this.#over = error
    this.#letGo()
    this.#channel.close()
    for (const { question, resolve, reject } of this.#asked.values()) {
      if (question.kind === 'purge' && error.code === 'purged') resolve([])
      else reject(error)
    }
    for (const { listeners } of this.#live.values()) for (const listener of listeners) listener.failed(error)
    this.#asked.clear()
    this.#live.clear()
  }

  #end(error: PGliteError): void {
    this.close(error)
    this.#options.onEnded(error)
  }

  #sharedLive(read: string, params: unknown[]): [number, Live] {
    const key = JSON.stringify([read, params])
    for (const [id, live] of this.#live) {
      if (live.key === key) return [id, live]
    }
    const id = this.#nextId++
    const live: Live = { key, read, params, listeners: new Set(), last: undefined }
    this.#live.set(id, live)
    this.#send({ to: 'leader', kind: 'subscribe', tab: this.tab, id, read, params })
    return [id, live]
  }

  #send(message: FromTab): void {
    if (this.#holding && !this.#over) this.#channel.postMessage(message)
  }

  #sendAll(): void {
    for (const [id, { question }] of this.#asked) this.#send({ to: 'leader', kind: 'ask', tab: this.tab, id, question })
    for (const [id, { read, params }] of this.#live) this.#send({ to: 'leader', kind: 'subscribe', tab: this.tab, id, read, params })
  }

  #hear(message: FromLeader): void {
    if (message.kind === 'ended') {
      this.#end(new PGliteError(message.reason, message.message))
    }
    else if (message.kind === 'held') {
      this.#options.onHeld(true)
    }
    else if (message.kind === 'lead') {
      this.#options.onHeld(false)
      if (message.epoch === this.#epoch) return
      this.#epoch = message.epoch
      this.#sendAll()
    }
    else if (message.tab !== this.tab) {
      return
    }
    else if (message.kind === 'answer') {
      const asked = this.#asked.get(message.id)
      this.#asked.delete(message.id)
      if (message.failure) asked?.reject(failed(message.failure))
      else asked?.resolve(message.rows ?? [])
    }
    else {
      const live = this.#live.get(message.id)
      if (!live) return
      const { rows = [], complete } = message
      if (!message.failure) live.last = { rows, complete }
      for (const listener of [...live.listeners]) {
        if (message.failure) listener.failed(failed(message.failure))
        else listener.rows(rows, complete)
      }
    }
  }
}

const failed = (failure: QueryFailure) => new PGliteError('query_failed', failure.message, failure.sqlstate)
