import { Turns } from '../db/turns'
import { answer, answerAtOnce, endNamed, goOn, isIdle, isSame, pause, type Answered } from './answered'
import type { BoundShape } from './definition'
import { Poll, type Rounds } from './poll'
import type { Position } from './request'

/** "Nothing happened" is said after 20 s; said sooner (PostgreSQL is away), asking again at once would be a busy loop. */
const SHORTEST_ROUND_MS = 1_000
/** A feed without polls is kept this long. */
const KEEP_UNWATCHED_MS = 10_000
/** There is one end; a second one is for the moment in which it moves. */
const HELD_AT_ONCE = 2

/**
 * All that is asked of Electric about one shape of a company, for whoever watches it:
 *
 *   at the end of its log ── one long poll, shared
 *   elsewhere in it ──────── one short question for each position, by turns; asked from the end, it becomes the long poll
 *
 * However many browsers there are, and whatever positions they name, a shape has two requests held at Electric at most,
 * and its company three short ones (`answered`).
 */
export class Feed {
  readonly #shape: BoundShape
  readonly #polls = new Map<string, Poll>()
  readonly #held = new Turns(HELD_AT_ONCE, HELD_AT_ONCE)
  readonly #forget: () => void
  #end: Position | undefined
  #unwatched: NodeJS.Timeout | undefined

  /** @param forget called when nobody watches the shape any more */
  constructor(shape: BoundShape, forget: () => void) {
    this.#shape = shape
    this.#forget = forget
  }

  /** The poll from a position: a running one where there is one. */
  pollFrom(position: Position): Poll {
    const key = `${position.handle} ${position.offset}`
    const running = this.#polls.get(key)
    if (running) return running
    const poll = new Poll((signal, idle) => this.#ask(position, signal, idle), () => {
      if (this.#polls.get(key) === poll) this.#polls.delete(key)
      if (this.#polls.size === 0) this.#forgetSoon()
    })
    this.#polls.set(key, poll)
    return poll
  }

  /** Where the log ends is known for a while longer: who was answered comes back from there, and asks once and not twice. */
  #forgetSoon(): void {
    clearTimeout(this.#unwatched)
    this.#unwatched = setTimeout(() => {
      if (this.#polls.size === 0) this.#forget()
    }, KEEP_UNWATCHED_MS).unref()
  }

  readonly #ask = async (asked: Position, signal: AbortSignal, idle: Parameters<Rounds>[1]): Promise<Answered | undefined> => {
    let position = asked
    while (!signal.aborted) {
      const isAtEnd = this.#end !== undefined && isSame(this.#end, asked)
      const began = performance.now()
      const answered = isAtEnd
        ? await this.#held.run('', async () => signal.aborted ? undefined : answer(this.#shape, position, 'live', signal))
        : await answerAtOnce(this.#shape, position, signal)
      if (signal.aborted || !answered) return undefined
      this.#end = endNamed(answered) ?? this.#end
      if (!isIdle(answered, asked)) return answered
      position = goOn(asked, answered)
      // From elsewhere it was only asked where the end is.
      if (!isAtEnd) continue
      idle(answered)
      await pause(SHORTEST_ROUND_MS - (performance.now() - began), signal)
    }
    return undefined
  }
}
