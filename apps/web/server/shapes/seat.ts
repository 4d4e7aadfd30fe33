import type { LiveEntry } from '../../shared/protocol/sync'
import type { HeldShape } from './held'
import type { Answered } from './answered'
import type { SharedPoll } from './poll'
import { pollFor } from './polls'

/** A shape that Electric fails for is asked for again after so long, where the failure says nothing else. */
const AGAIN_MS = 5_000

/**
 * One shape of a stream, and where in its log the browser stands when it has read what was written.
 *
 *   away ──sit──▶ waiting ──a batch, delivered──▶ away, further on
 *    ▲               ├──── failed (5xx), told ──▶ away, asked again after Retry-After
 *    └──── rise ─────┘──── any other answer, told, or forbidden ──▶ over
 */
export class Seat {
  readonly held: HeldShape
  #entry: LiveEntry
  #poll: SharedPoll | undefined
  #leave = () => {}
  #againAt = 0
  /** The last "nothing happened" that was delivered. */
  #idle: Answered | undefined
  isOver = false

  constructor(held: HeldShape) {
    this.held = held
    this.#entry = held.entry
  }

  /** The entry as the browser would ask now: a line about the shape answers this. */
  get entry(): LiveEntry {
    return this.#entry
  }

  /** When it sits down again by itself; undefined where it does not wait for a time. */
  get againAt(): number | undefined {
    return this.#poll || this.isOver ? undefined : this.#againAt
  }

  get settled(): Answered | undefined {
    return this.#poll?.settled
  }

  /** "Nothing happened", where it was said and not yet delivered. */
  get idle(): Answered | undefined {
    return this.#poll?.idle === this.#idle ? undefined : this.#poll?.idle
  }

  /** Waits for what comes, where it is due. @param ring called when something has come */
  sit(ring: () => void): void {
    const { shape } = this.held
    if (this.#poll || this.isOver || !shape || performance.now() < this.#againAt) return
    this.#poll = pollFor(shape, this.#entry)
    this.#leave = this.#poll.join(ring)
  }

  /** Waits no more and keeps nothing of what has come. */
  rise(): void {
    this.#leave()
    this.#leave = () => {}
    this.#poll = undefined
    this.#idle = undefined
  }

  /** This answer has been written to the browser. */
  delivered(answered: Answered): void {
    if (answered === this.#poll?.idle) {
      this.#idle = answered
      return
    }
    this.rise()
    const { status, headers } = answered
    if (status === 200) {
      const { 'electric-offset': offset, 'electric-handle': handle, 'electric-cursor': cursor } = headers
      const { expired_handle: _, ...entry } = this.#entry
      this.#entry = { ...entry, ...(offset && { offset }), ...(handle && { handle }), ...(cursor && { cursor }) }
    }
    else if (status >= 500) this.#againAt = performance.now() + (Number(headers['retry-after']) * 1000 || AGAIN_MS)
    else this.isOver = true
  }
}
