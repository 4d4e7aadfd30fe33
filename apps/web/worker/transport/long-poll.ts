import { answerBody } from '#shared/protocol/answers'
import { DATABASE_USER_HEADER, LIVE_PATH, LIVE_SHAPES_LIMIT, type LiveEntry } from '#shared/protocol/sync'
import { Attempt } from './attempt'
import { isSamePlace, readLine, toResponse, type Told } from './line'
import { lines } from './lines'
import { Pause } from './pause'
import { codeOf, dateOf, isPassing, retryAfter } from './retry-after'
import { RoadChanged } from './road-changed'

interface Waiting {
  readonly entry: LiveEntry
  readonly resolve: (response: Response) => void
  readonly reject: (error: Error) => void
}

export interface LongPollOptions {
  origin: string
  databaseUser: string
  fetch: typeof fetch
  /** Called after each try: whether the server could be reached. */
  onReach: (reached: boolean, code?: string) => void
  /** The server has spoken to this person; by its own clock, in epoch ms. */
  onContact?: ((at: number) => void) | undefined
  /** For so many ms the server may be silent; 45 s if left out. */
  pollSilenceMs?: number
}

/** The set of live shapes is sent so many ms after its last change: shapes tend to come in handfuls. */
const SETTLE_MS = 2
/** Those that were answered are waited for so long, so that the next request has them again and need not be broken off. */
const RETURN_MS = 100
/** A request that was broken off is still in flight at the server for a moment: the next one waits for so long. */
const PARTING_MS = 100
/** A request that is held for so long has reached the server: it answers nothing until something happens. */
const HELD_MS = 1000
/** The server holds for 20 s; after this without a byte nobody is there any more. */
const SILENCE_MS = 45_000

/**
 * All live requests of this browser as one: `POST /api/shapes/live`, where a stream does not get through. A shape that joins or leaves starts it anew; an
 * answer that is lost by that comes again, because the shape asks from the same offset.
 *
 *   idle ──add──▶ settling ──2 ms──▶ held ──lines──▶ settling (those not answered) or idle
 *                    ▲  ▲              │ │ add, or an entry is given up, before the answer begins
 *                    │  └───aborted────┘ │
 *                    └──────pause────────┘ no network, or not a byte for 45 s
 */
export class LongPoll {
  readonly #options: LongPollOptions
  readonly #waiting = new Set<Waiting>()
  readonly #pause = new Pause()
  readonly #closed = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined
  #held: Attempt | undefined
  /** The answer to what is held is coming in. */
  #answering = false
  /** The request before this one was never answered: that one is held says nothing until a byte has come. */
  #wasSilent = false
  #looping = false
  /** How many have ever asked. */
  #added = 0

  constructor(options: LongPollOptions) {
    this.#options = options
  }

  /** Waits for the next batch of a shape. Rejects when the signal aborts. */
  add(entry: LiveEntry, signal: AbortSignal): Promise<Response> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        entry,
        resolve: (response) => {
          signal.removeEventListener('abort', giveUp)
          this.#waiting.delete(waiting)
          resolve(response)
        },
        reject: (error) => {
          signal.removeEventListener('abort', giveUp)
          this.#waiting.delete(waiting)
          reject(error)
        },
      }
      const giveUp = () => {
        this.#waiting.delete(waiting)
        this.#settle()
        reject(signal.reason)
      }
      if (signal.aborted) return reject(signal.reason)
      signal.addEventListener('abort', giveUp, { once: true })
      this.#waiting.add(waiting)
      this.#added++
      this.#settle()
    })
  }

  /** Asks anew at once, whatever is held or waited for: the network came back, or may have gone. */
  wake(): void {
    this.#pause.wake()
    this.#held?.abort()
    this.#settle()
  }

  /** Lets go of all that wait: their adds reject with RoadChanged, and nothing is held any more. */
  release(): void {
    this.#pause.wake()
    this.#held?.abort()
    for (const waiting of [...this.#waiting]) waiting.reject(new RoadChanged())
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#closed.abort()
    this.#held?.abort()
  }

  /**
   * The set has changed: what is held is sent anew. An answer that is coming in is let in: it may be 10 MB for one shape,
   * and would be broken off again and again by others that have little to apply and ask anew.
   */
  #settle(): void {
    clearTimeout(this.#timer)
    if (this.#closed.signal.aborted) return
    this.#timer = setTimeout(() => {
      if (this.#held && !this.#answering) this.#held.abort()
      else if (!this.#looping) void this.#loop()
    }, SETTLE_MS)
  }

  /** One request after the other, never two: the next is sent when the one before is over. */
  async #loop(): Promise<void> {
    this.#looping = true
    while (this.#waiting.size > 0 && !this.#closed.signal.aborted) {
      const before = this.#added
      // What is sent now has every change of the set until now: left running, the timer would break it off for them.
      clearTimeout(this.#timer)
      // Those that have waited for longest come first; each is answered within the 20 s, and then the others have their turn.
      const { answered, heard, aborted, wait, code } = await this.#send([...this.#waiting].slice(0, LIVE_SHAPES_LIMIT))
      if (answered > 0) {
        this.#pause.reset()
        this.#options.onReach(true)
        await this.#return(before + answered)
      }
      if (aborted) await sleep(PARTING_MS)
      else if (answered === 0) {
        if (!heard) this.#options.onReach(false, code)
        await this.#pause.wait(this.#closed.signal, wait)
      }
    }
    this.#looping = false
  }

  /** Waits until those that were answered have applied it and ask again, but not for long. */
  async #return(expected: number): Promise<void> {
    const end = performance.now() + RETURN_MS
    while (this.#added < expected && performance.now() < end && !this.#closed.signal.aborted) await sleep(SETTLE_MS)
  }

  /**
   * Sends one request and hands its lines out. Answers how many shapes got one, whether the server said anything at all,
   * how long it wants to be left alone, and why nobody got one.
   */
  async #send(asked: readonly Waiting[]): Promise<{ answered: number, heard: boolean, aborted: boolean, wait: number, code: string }> {
    const held = this.#held = new Attempt(this.#options.pollSilenceMs ?? SILENCE_MS)
    const reached = this.#wasSilent ? undefined : setTimeout(() => this.#options.onReach(true), HELD_MS)
    let answered = 0
    let heard = false
    let wait = 0
    let code = 'network'
    try {
      const response = held.watch(await this.#options.fetch(`${this.#options.origin}${LIVE_PATH}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [DATABASE_USER_HEADER]: this.#options.databaseUser },
        body: JSON.stringify(asked.map(waiting => waiting.entry)),
        signal: held.signal,
      }))
      this.#answering = true
      if (isPassing(response.status)) {
        wait = retryAfter(response.headers)
        code = await codeOf(response)
      }
      else if (!response.ok) answered = await refuseAll(asked, response)
      else if (response.body) {
        this.#options.onReach(true)
        for await (const line of lines(response.body)) {
          const read = readLine(line)
          if (!heard) this.#options.onContact?.(dateOf(response.headers))
          heard = true
          if (read.kind === 'told') answered += this.#hand(asked, read)
        }
      }
    }
    catch {
      // No network, silence, an abort, a line cut in two: whoever was not answered asks again.
    }
    clearTimeout(reached)
    this.#wasSilent = held.wasSilent
    const aborted = held.signal.aborted && !held.wasSilent
    held.end()
    this.#held = undefined
    this.#answering = false
    return { answered, heard, aborted, wait, code }
  }

  /** Gives a line to the shape that waits for it; a late line for an older offset belongs to nobody. */
  #hand(asked: readonly Waiting[], told: Told): number {
    const waiting = asked.find(({ entry }) => isSamePlace(entry, told.from))
    if (!waiting || !this.#waiting.has(waiting)) return 0
    waiting.resolve(toResponse(told))
    return 1
  }
}

const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** The request as a whole was refused (signed out, another user): each shape hears it. */
async function refuseAll(asked: readonly Waiting[], response: Response): Promise<number> {
  const text = await response.text()
  for (const waiting of asked) {
    waiting.resolve(new Response(text || JSON.stringify(answerBody('internal')), { status: response.status, headers: { 'content-type': 'application/json' } }))
  }
  return asked.length
}
