import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import type { AnswerBody } from '../../shared/protocol/answers'
import { HEARTBEAT_MS, type StreamEnd } from '../../shared/protocol/sync'
import { environment } from '../environment'
import { toRefusal } from '../http/errors'
import { Refusal } from '../http/refusal'
import { notices } from '../notices/index'
import type { Topic } from '../notices/board'
import { Bell } from './bell'
import { closing } from './closing'
import { goingOut } from './going-out'
import { asAnswered, checkAll, heartbeat, lineOf, type Check, type HeldShape } from './held'
import type { Answered } from './answered'
import { Seat } from './seat'

/** So much goes out at once at most: what is over it follows, checked anew. One batch always goes out. */
const WRITE_CHARS = 16 * 1024 * 1024
/** A browser that takes longer for what was written gets what comes meanwhile from Electric's log, not from our memory. */
const SLOW_MS = 100
/** Streams look again who may have what in so many groups a round, and not each at a time of its own. */
const TOGETHER_OF_A_ROUND = 20

export interface StreamOptions {
  held: readonly HeldShape[]
  /** The notices after which `check` has to be asked at once. */
  topics: readonly Topic[]
  check: Check
  /** The first lines may go out now: the browser may have what it asks for. */
  begin: () => void
  /** Writes lines, given in pieces; resolves when they have been taken, or the browser has left. */
  write: (pieces: readonly string[]) => Promise<void>
  /** Ends the connection in the middle of what is being written. */
  cut: () => void
  /** Aborted when the browser leaves. */
  signal: AbortSignal
}

/**
 * Tells a browser what happens in its shapes, until it leaves or the server stops.
 *
 *   checked ──▶ telling ── something came ──▶ check ──▶ written ──▶ telling
 *                  │ ── every 10 s, or a notice ▶ check ──▶ what is forbidden now is told and over; heartbeat, and "nothing happened"
 *                  │ ───── 5 s unsaid ──────▶ heartbeat
 *                  └────── nobody left on a seat, the browser left, the server stops, the check throws (told) ──▶ over
 *
 * Throws what the first check throws; later nothing.
 */
export async function streamShapes(options: StreamOptions): Promise<void> {
  const denied = await checkAll(options.held, options.check)
  options.begin()
  const stream = new Stream(options)
  try {
    await stream.tell(denied)
  }
  catch (error) {
    if (!options.signal.aborted) await options.write([endLine(error)])
  }
  finally {
    stream.leave()
  }
}

class Stream {
  readonly #options: StreamOptions
  readonly #seats: Seat[]
  readonly #bell = new Bell()
  readonly #unwait: () => void
  #saidAt = 0
  #hasNotice = false

  constructor(options: StreamOptions) {
    this.#options = options
    this.#seats = options.held.map(held => new Seat(held))
    for (const signal of [options.signal, closing]) signal.addEventListener('abort', this.#bell.ring)
    this.#unwait = notices.wait(options.topics, () => {
      this.#hasNotice = true
      this.#bell.ring()
    })
  }

  async tell(denied: readonly (AnswerBody | undefined)[]): Promise<void> {
    const recheckMs = environment().LIVE_RECHECK_SECONDS * 1000
    await this.#write([heartbeat(), ...this.#refuse(denied)])
    let checkedAt = performance.now()
    while (!this.#isOver) {
      for (const seat of this.#seats) seat.sit(this.#bell.ring)
      const recheckAt = togetherBy(checkedAt + recheckMs, recheckMs)
      if (!this.#hasNotice && !this.#seats.some(seat => seat.settled)) await this.#bell.wait(this.#nextAt(recheckAt) - performance.now())
      if (this.#isOver) return
      const isDue = this.#hasNotice || performance.now() >= recheckAt
      if (isDue || this.#seats.some(seat => seat.settled)) {
        this.#hasNotice = false
        checkedAt = performance.now()
        await this.#deliver(isDue)
      }
      else if (performance.now() >= this.#saidAt + HEARTBEAT_MS) await this.#write([heartbeat()])
    }
  }

  leave(): void {
    for (const signal of [this.#options.signal, closing]) signal.removeEventListener('abort', this.#bell.ring)
    for (const seat of this.#seats) seat.rise()
    this.#unwait()
  }

  get #isOver(): boolean {
    return this.#options.signal.aborted || closing.aborted || this.#seats.every(seat => seat.isOver)
  }

  #nextAt(recheckAt: number): number {
    return Math.min(recheckAt, this.#saidAt + HEARTBEAT_MS, ...this.#seats.flatMap(seat => seat.againAt ?? []))
  }

  /** Writes what has come and may be had now. @param all whether it is also told that nothing happened */
  async #deliver(all: boolean): Promise<void> {
    // What came in the same moment goes along: one transaction often touches several shapes.
    if (this.#seats.some(seat => seat.settled)) await turn()
    // What is written was there before the check: what comes during it waits for the next.
    const answers = this.#withinBounds(all)
    const denied = await checkAll(this.#seats.map(seat => seat.held), this.#options.check)
    const refused = this.#refuse(denied)
    const lines = this.#seats.flatMap((seat, i) => {
      const answer = answers[i]
      if (!answer || seat.isOver) return []
      const line = lineOf(seat.entry, answer)
      seat.delivered(answer)
      return line
    })
    // A session that was found alive is told so, however much else there is to tell.
    const pieces = [...(all ? [heartbeat()] : []), ...refused, ...lines]
    if (pieces.length > 0) await this.#write(pieces)
  }

  #withinBounds(all: boolean): (Answered | undefined)[] {
    let chars = 0
    return this.#seats.map((seat) => {
      const answer = seat.settled ?? (all ? seat.idle : undefined)
      if (!answer || (chars > 0 && chars + answer.body.length > WRITE_CHARS)) return undefined
      chars += answer.body.length
      return answer
    })
  }

  /** The lines for what is forbidden; those seats are over. */
  #refuse(denied: readonly (AnswerBody | undefined)[]): string[] {
    return this.#seats.flatMap((seat, i) => {
      const refused = denied[i]
      if (!refused || seat.isOver) return []
      const answer = asAnswered(refused)
      seat.delivered(answer)
      return lineOf(seat.entry, answer)
    })
  }

  /** However slowly a browser takes its lines: kept for it is what is being written, and nothing else. */
  async #write(pieces: readonly string[]): Promise<void> {
    this.#saidAt = performance.now()
    const taken = this.#options.write(pieces)
    if (await Promise.race([taken, wait(SLOW_MS, 'slow')]) !== 'slow') return
    for (const seat of this.#seats) seat.rise()
    await goingOut(taken, () => this.#mayGoOn(), this.#options.cut)
  }

  /** Throws where one that is not over yet may not be had any more. */
  async #mayGoOn(): Promise<void> {
    const denied = await checkAll(this.#seats.map(seat => seat.held), this.#options.check)
    const ended = denied.find((one, i) => one && !this.#seats[i]?.isOver)
    if (ended) throw new Refusal(ended.code)
  }
}

/** The last moment before a time at which the streams of this process check together: one question for many. */
function togetherBy(at: number, everyMs: number): number {
  const rhythm = everyMs / TOGETHER_OF_A_ROUND
  return Math.floor(at / rhythm) * rhythm
}

function endLine(error: unknown): string {
  const { status, headers, body } = toRefusal(error)
  return `${JSON.stringify({ end: true, status, headers, body } satisfies StreamEnd)}\n`
}
