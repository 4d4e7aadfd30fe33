import { chainsOf, type Ready } from '#shared/journal/chains'
import type { JournalEntry } from '#shared/journal/entry'
import { BATCH_LIMIT, type MutationEntry, type MutationResult } from '#shared/protocol/mutations'
import { Pause } from '../transport/pause'
import { refusedWith, type Sent } from './send'
import { UPLOAD_TABLE, type UploadEvent, type UploadState } from './upload-states'

export interface UploaderOptions {
  /** The journal's entries, in their order. */
  entries: () => readonly JournalEntry[]
  send: (mutations: readonly MutationEntry[], signal: AbortSignal) => Promise<Sent>
  /** Notes what was decided; the entries say so when it resolves. */
  decided: (results: readonly MutationResult[]) => Promise<void>
  /** A person is told that edits wait for them to sign in. */
  onState?: (state: UploadState) => void
}

/** So many requests at once: one that takes the server long is not to hold up what has nothing to do with it. */
const AT_ONCE = 3
/** Of a request's body; the server takes 256 KiB. */
const BATCH_CHARS = 150_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

/**
 * Sends the journal's edits, in order where they have to do with each other and side by side where they have not. One
 * that is decided against stops what hangs on it alone (`chainsOf`); one that the server can say nothing of yet is asked
 * again later, and the others go on. That each is applied once is the server's doing, by its key: whatever happens here
 * (a kill, a lost answer, a second leader), it is sent again.
 */
export class Uploader {
  readonly #options: UploaderOptions
  readonly #ended = new AbortController()
  readonly #pause = new Pause(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  #state: UploadState = 'idle'
  /** Keys of the edits of each request that is under way. */
  readonly #underWay = new Set<ReadonlySet<string>>()
  /** Edits that go in a request of their own: one of theirs was refused as a whole. */
  readonly #alone = new Set<string>()
  /** Edits that the server could say nothing of, until when they wait (ms of `performance.now`). */
  readonly #later = new Map<string, number>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: UploaderOptions) {
    this.#options = options
  }

  get state(): UploadState {
    return this.#state
  }

  /** The journal changed. */
  look(): void {
    if (this.#state === 'idle' && this.#next()) this.#on('work')
    if (this.#state === 'sending') this.#fill()
  }

  /** The network may be back, somebody signed in, or a person asks: nothing waits any longer. */
  wake(): void {
    this.#later.clear()
    this.#pause.wake()
    this.#on('wake')
    this.look()
  }

  /** Ends it; what is under way is broken off, and asked again by whoever comes next. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#on('stop')
    this.#ended.abort()
  }

  #on(event: UploadEvent): void {
    const next = UPLOAD_TABLE[this.#state][event]
    if (next === this.#state) return
    this.#state = next
    this.#options.onState?.(next)
  }

  #fill(): void {
    while (this.#underWay.size < AT_ONCE) {
      const batch = this.#next()
      if (!batch) break
      void this.#run(batch)
    }
    if (this.#underWay.size > 0) return
    this.#on('nothing_left')
    this.#lookLater()
  }

  /** When the next of those that wait is due; one that is due may still be behind another. */
  #lookLater(): void {
    clearTimeout(this.#timer)
    const now = performance.now()
    const soonest = Math.min(...[...this.#later.values()].filter(due => due > now))
    // A timer cuts the fractions of its milliseconds off, and would come before its time.
    if (Number.isFinite(soonest)) this.#timer = setTimeout(() => {
      this.look()
      if (this.#state === 'idle') this.#lookLater()
    }, Math.ceil(soonest - now) + 1)
  }

  /** The next request, of edits that hang on none that is under way; undefined where there is none. */
  #next(): readonly JournalEntry[] | undefined {
    const now = performance.now()
    const busy = new Set([...this.#underWay].flatMap(keys => [...keys]))
    const batch = new Map<string, JournalEntry>()
    // Behind what is under way or waits for a later time nothing that has to do with it goes out.
    const behind = new Set<string>()
    let chars = 0
    for (const { entry, after } of chainsOf(this.#options.entries(), AT_ONCE * BATCH_LIMIT + this.#later.size).ready) {
      const { id } = entry.mutation
      if (busy.has(id) || (this.#later.get(id) ?? 0) > now || isBehind(after, busy, behind, batch)) {
        behind.add(id)
        continue
      }
      const length = JSON.stringify(entry.mutation).length
      if (batch.size > 0 && (this.#alone.has(id) || chars + length > BATCH_CHARS)) {
        behind.add(id)
        continue
      }
      batch.set(id, entry)
      chars += length
      if (batch.size === BATCH_LIMIT || this.#alone.has(id)) break
    }
    return batch.size > 0 ? [...batch.values()] : undefined
  }

  async #run(batch: readonly JournalEntry[]): Promise<void> {
    const keys = new Set(batch.map(({ mutation }) => mutation.id))
    this.#underWay.add(keys)
    const sent = await this.#options.send(batch.map(({ mutation }) => mutation), this.#ended.signal)
    try {
      if (this.#state !== 'stopped') await this.#take(sent, batch)
    }
    catch (error) {
      // It could not be noted (a full disk): the server says the same when it is asked again.
      console.warn('What was decided of edits could not be noted:', error)
      this.#putOff([...keys])
    }
    this.#underWay.delete(keys)
    if (this.#state === 'sending') this.#fill()
  }

  async #take(sent: Sent, batch: readonly JournalEntry[]): Promise<void> {
    if (sent.kind === 'signed_out') return this.#on('signed_out')
    if (sent.kind === 'failed') return this.#waitFor(sent.atLeast)
    if (sent.kind === 'unfit') {
      const [first] = batch
      if (batch.length > 1 || !first) return batch.forEach(({ mutation }) => this.#alone.add(mutation.id))
      return this.#options.decided([refusedWith(first.mutation.id, sent.answer)])
    }
    this.#pause.reset()
    const isDecided = (result: MutationResult) => result.status !== 'undecided'
    const decided = sent.results.filter(isDecided)
    for (const { id } of decided) {
      this.#alone.delete(id)
      this.#later.delete(id)
    }
    this.#putOff(sent.results.filter(result => !isDecided(result)).map(({ id }) => id))
    if (decided.length > 0) await this.#options.decided(decided)
  }

  #putOff(ids: readonly string[]): void {
    for (const id of ids) this.#later.set(id, performance.now() + FIRST_PAUSE_MS * (2 + 8 * Math.random()))
  }

  #waitFor(atLeast: number): void {
    const isFirst = this.#state === 'sending'
    this.#on('failed')
    // Several requests fail as one.
    if (isFirst) {
      void this.#pause.wait(this.#ended.signal, atLeast).then(() => {
        this.#on('due')
        if (this.#state === 'sending') this.#fill()
      })
    }
  }
}

/** Whether one that it comes after is elsewhere than before it in this request. */
function isBehind(after: Ready['after'], busy: ReadonlySet<string>, behind: ReadonlySet<string>, batch: ReadonlyMap<string, unknown>): boolean {
  return after.some(other => !batch.has(other) && (busy.has(other) || behind.has(other)))
}
