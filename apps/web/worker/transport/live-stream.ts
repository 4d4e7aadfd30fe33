import { answerBody } from '#shared/protocol/answers'
import { CONFIG_PATH, DATABASE_USER_HEADER, LIVE_SHAPES_LIMIT, STREAM_PATH, type LiveEntry } from '#shared/protocol/sync'
import { Attempt } from './attempt'
import { Inbox } from './inbox'
import { readLine, type Told } from './line'
import { lines, type Reading } from './lines'
import { LongPoll } from './long-poll'
import { Pause } from './pause'
import { codeIn, codeOf, isPassing, retryAfter } from './retry-after'
import { RoadChanged } from './road-changed'
import { STREAM_TABLE, type StreamEvent, type StreamState } from './stream-states'

export interface LiveStreamOptions {
  origin: string
  databaseUser: string
  fetch: typeof fetch
  /** Whether the server can be used; where not, the code of its answer, or `network`. */
  onReach: (reached: boolean, code?: string) => void
  /** The server has spoken to this person; by its own clock, in epoch ms. */
  onContact?: ((at: number) => void) | undefined
  /** Each where the standard does not fit. */
  times?: Partial<StreamTimes>
}

/** All in milliseconds. */
export interface StreamTimes {
  /** Shapes tend to come in handfuls. */
  settle: number
  /** A stream that does not carry all is opened anew so long after that: a first sync makes shape after shape live. */
  change: number
  /** A request that was broken off is still in flight at the server for a moment: the next one waits for so long. */
  part: number
  /** The server says something at once: after so long it is asked whether it is there at all, and after as long again given up. */
  first: number
  /** It says something every 5 s: after so long nobody is there any more. */
  silence: number
  /** Where no stream gets through it is tried again after so long, which costs those `first` ms of old rows. */
  again: number
  /** See LongPoll. */
  pollSilence: number | undefined
}

const TIMES: StreamTimes = { settle: 2, change: 250, part: 100, first: 5_000, silence: 15_000, again: 10 * 60_000, pollSilence: undefined }

/** The first line may have come while the database kept this thread busy: a timer that is so late says nothing. */
const LATE_MS = 500

/** How a stream ended. */
type Outcome =
  | { event: 'unfit' | 'nobody' | 'refused' }
  | { event: 'failed', code: string, wait: number }

/** The live changes of all shapes of this browser, over one request; see stream-states for its states. */
export class LiveStream {
  readonly #options: LiveStreamOptions
  readonly #times: StreamTimes
  readonly #inbox = new Inbox(() => this.#on('join'))
  readonly #poll: LongPoll
  readonly #pause = new Pause()
  readonly #closed = new AbortController()
  #state: StreamState = 'idle'
  #timer: ReturnType<typeof setTimeout> | undefined
  #attempt: Attempt | undefined
  /** The head of its answer has come. */
  #hasHead = false
  #reading: Reading = { isInLine: false }
  /** How long the server wants to be left alone. */
  #wait = 0

  constructor(options: LiveStreamOptions) {
    this.#options = options
    this.#times = { ...TIMES, ...options.times }
    this.#poll = new LongPoll({
      ...options,
      ...(this.#times.pollSilence !== undefined && { pollSilenceMs: this.#times.pollSilence }),
      onReach: (reached, code) => {
        if (this.#state !== 'polling') return
        options.onReach(reached, code)
        if (!reached && code === 'network') this.#on('failed')
      },
    })
  }

  get state(): StreamState {
    return this.#state
  }

  /** Waits for the next batch of a shape. Rejects when the signal aborts. @param owner see Inbox */
  async add(entry: LiveEntry, signal: AbortSignal, owner: object): Promise<Response> {
    for (;;) {
      try {
        return await (this.#state === 'polling' ? this.#poll.add(entry, signal) : this.#inbox.add(entry, signal, owner))
      }
      catch (error) {
        if (!(error instanceof RoadChanged)) throw error
      }
    }
  }

  /** Asks anew at once, whatever is held or waited for: the network came back, or may have gone. */
  wake(): void {
    this.#on('wake')
  }

  close(): void {
    this.#on('close')
  }

  #on(event: StreamEvent): void {
    const from = this.#state
    const to = STREAM_TABLE[from][event]
    if (to === from) return
    this.#state = to
    clearTimeout(this.#timer)
    if (from === 'polling') this.#poll.release()
    if (from === 'pausing') this.#pause.wake()
    this.#enter(to)
  }

  #enter(state: StreamState): void {
    switch (state) {
      case 'settling': return this.#dueIn(this.#times.settle)
      case 'connecting': return void this.#connect()
      case 'probing': return void this.#probe()
      case 'streaming': {
        this.#options.onReach(true)
        // Some may have come since it was asked for.
        if (this.#inbox.isShort) this.#on('join')
        return
      }
      case 'changing': return this.#dueIn(this.#times.change)
      case 'parting': {
        this.#breakOff()
        return this.#dueIn(this.#times.part)
      }
      case 'pausing': {
        this.#breakOff()
        return void this.#pauseThenGoOn()
      }
      case 'polling': {
        this.#breakOff()
        this.#inbox.release()
        return this.#dueIn(this.#times.again)
      }
      case 'closed': {
        this.#closed.abort()
        this.#breakOff()
        return this.#poll.close()
      }
    }
  }

  #dueIn(ms: number): void {
    const due = performance.now() + ms
    this.#timer = setTimeout(() => {
      const isBusy = this.#state === 'connecting' && performance.now() - due > LATE_MS
      // A line that is coming in is let in: it may be 10 MB, and would be broken off again and again.
      const isInLine = this.#state === 'changing' && this.#reading.isInLine
      if (isBusy || isInLine) this.#dueIn(ms)
      else this.#on('due')
    }, ms)
  }

  async #pauseThenGoOn(): Promise<void> {
    await this.#pause.wait(this.#closed.signal, this.#wait)
    // Woken, it has gone on already.
    if (this.#state === 'pausing') this.#on('due')
  }

  #breakOff(): void {
    const attempt = this.#attempt
    this.#attempt = undefined
    attempt?.end()
    this.#inbox.closed()
  }

  async #connect(): Promise<void> {
    this.#wait = 0
    const entries = this.#inbox.open()
    if (entries.length === 0) return this.#on('nobody')
    if (entries.length > LIVE_SHAPES_LIMIT) return this.#on('unfit')
    const attempt = this.#attempt = new Attempt(this.#times.silence)
    this.#hasHead = false
    this.#dueIn(this.#times.first)
    const outcome = await this.#read(attempt, entries).catch((): Outcome => ({ event: 'failed', code: 'network', wait: 0 }))
    const { wasSilent } = attempt
    attempt.end()
    // Broken off from here: somebody else has taken over.
    if (this.#attempt !== attempt) return
    this.#attempt = undefined
    this.#inbox.closed()
    if (outcome.event === 'failed') {
      this.#wait = outcome.wait
      // A stream that was there and ends (a server that is started anew) is no outage until the next one cannot be had.
      const wasThere = this.#state === 'streaming' || this.#state === 'changing'
      if (!wasThere || wasSilent || outcome.code !== 'network') this.#options.onReach(false, outcome.code)
    }
    this.#on(outcome.event)
  }

  async #read(attempt: Attempt, entries: readonly LiveEntry[]): Promise<Outcome> {
    const response = attempt.watch(await this.#options.fetch(`${this.#options.origin}${STREAM_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [DATABASE_USER_HEADER]: this.#options.databaseUser },
      body: JSON.stringify(entries),
      signal: attempt.signal,
    }))
    this.#hasHead = true
    const { status } = response
    if (status === 404 || status === 405 || status === 501) return { event: 'unfit' }
    if (isPassing(status)) return { event: 'failed', code: await codeOf(response), wait: retryAfter(response.headers) }
    if (!response.ok) return this.#refused(status, await response.text())
    let count = 0
    this.#reading = { isInLine: false }
    for await (const line of lines(response.body ?? new ReadableStream(), this.#reading)) {
      if (this.#attempt !== attempt) break
      const read = readLine(line)
      if (read.kind === 'end') {
        const { status, headers, body } = read.end
        if (isPassing(status)) return { event: 'failed', code: body.code, wait: retryAfter(new Headers(headers)) }
        return this.#refused(status, JSON.stringify(body))
      }
      this.#on('line')
      // Who only greets and falls silent has not come back.
      if (++count > 1) this.#pause.reset()
      if (read.kind === 'told') this.#receive(read)
      else this.#options.onContact?.(read.at)
    }
    return { event: 'failed', code: 'network', wait: 0 }
  }

  #refused(status: number, body: string): Outcome {
    this.#inbox.refuse(status, body || JSON.stringify(answerBody('internal')))
    return { event: 'refused' }
  }

  #receive(told: Told): void {
    const before = this.#inbox.outage
    this.#inbox.receive(told, ({ body }) => codeIn(body))
    const { outage } = this.#inbox
    if (outage !== before) this.#options.onReach(outage === undefined, outage)
  }

  /**
   * No line came: nobody is there, or something between keeps the answer back. What else is asked is answered, or not;
   * meanwhile the line may still come.
   */
  async #probe(): Promise<void> {
    const attempt = this.#attempt
    const probe = new Attempt(this.#times.first)
    const response = await this.#options.fetch(`${this.#options.origin}${CONFIG_PATH}`, { signal: probe.signal }).catch(() => undefined)
    probe.end()
    const isOver = () => this.#state !== 'probing' || this.#attempt !== attempt
    if (isOver()) return
    if (!response?.ok) {
      this.#options.onReach(false, 'network')
      return this.#on('failed')
    }
    // A head without a body is a proxy's work; without a head it may be a server that has much to do.
    if (!this.#hasHead) await new Promise(resolve => setTimeout(resolve, this.#times.first))
    if (!isOver()) this.#on('reached')
  }
}
