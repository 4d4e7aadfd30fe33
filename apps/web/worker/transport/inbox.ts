import type { LiveEntry } from '#shared/protocol/sync'
import { isSamePlace, toResponse, type Place, type Told } from './line'
import { isPassing } from './retry-after'
import { RoadChanged } from './road-changed'
import { Seat } from './seat'

/** A shape that has not asked for so long is gone: applying 10 MB takes seconds. */
const ABSENT_MS = 60_000
/** A shape that does not keep up has so many characters of its changes kept; then it asks for them anew, and no other waits for it. */
const KEPT_CHARS = 24 * 1024 * 1024

interface Waiting {
  readonly entry: LiveEntry
  readonly resolve: (response: Response) => void
  readonly reject: (error: unknown) => void
}

/**
 * Between the stream, which brings what happens when it happens, and the shapes, each of which asks for its next batch
 * when it has applied the one before: knows where each shape stands, and keeps what came for one that is busy.
 */
export class Inbox {
  readonly #seats = new Map<string, Seat>()
  readonly #waiting = new Set<Waiting>()
  readonly #onJoin: () => void

  /** @param onJoin called when something is wanted that the open stream does not carry, or carried that is not wanted */
  constructor(onJoin: () => void) {
    this.#onJoin = onJoin
  }

  /**
   * The next batch of a shape, which may have come already. Rejects when the signal aborts, and with RoadChanged.
   * @param owner who follows the shape: what came for one before is nothing for the next, and a refusal least of all
   */
  add(entry: LiveEntry, signal: AbortSignal, owner: object): Promise<Response> {
    const seat = this.#seat(entry, owner)
    seat.seenAt = performance.now()
    const told = seat.take(entry)
    if (told) return Promise.resolve(this.#answer(seat, told))
    return new Promise((resolve, reject) => {
      const over = () => {
        signal.removeEventListener('abort', giveUp)
        this.#waiting.delete(waiting)
        seat.seenAt = performance.now()
      }
      const waiting: Waiting = {
        entry,
        resolve: response => (over(), resolve(response)),
        reject: error => (over(), reject(error)),
      }
      const giveUp = () => {
        waiting.reject(signal.reason)
        this.#leave(seat)
      }
      if (signal.aborted) return reject(signal.reason)
      signal.addEventListener('abort', giveUp, { once: true })
      this.#waiting.add(waiting)
      if (!seat.isCarried) this.#onJoin()
    })
  }

  /** A stream is opened: what it has to carry. Shapes that are gone are forgotten. */
  open(): LiveEntry[] {
    for (const [key, seat] of this.#seats) {
      if (this.#isAbsent(seat) || (seat.isOver && seat.isEmpty)) this.#seats.delete(key)
      else seat.isCarried = !seat.isOver
    }
    return [...this.#seats.values()].filter(seat => seat.isCarried).map(seat => seat.entry)
  }

  /** The stream is over. */
  closed(): void {
    for (const seat of this.#seats.values()) {
      seat.isCarried = false
      seat.ailing = undefined
    }
  }

  /** Whether there is something that the open stream does not carry. */
  get isShort(): boolean {
    return [...this.#waiting].some(({ entry }) => !this.#seats.get(keyOf(entry))?.isCarried)
  }

  /** Why nothing comes: the code that the server fails with for each shape of the stream; undefined where it works for one. */
  get outage(): string | undefined {
    const carried = [...this.#seats.values()].filter(seat => seat.isCarried)
    return carried.every(seat => seat.ailing !== undefined) ? carried[0]?.ailing : undefined
  }

  /** Takes what the stream told of a shape; a late line for an older offset belongs to nobody. */
  receive(told: Told, codeOf: (told: Told) => string): void {
    const key = keyOf(told.from)
    const seat = this.#seats.get(key)
    if (!seat?.isCarried || !isSamePlace(seat.entry, told.from)) return
    seat.ailing = isPassing(told.status) ? codeOf(told) : undefined
    // The server asks for it again by itself.
    if (seat.ailing !== undefined) return
    seat.push(told)
    if (seat.isOver) seat.isCarried = false
    const waiting = [...this.#waiting].filter(({ entry }) => isSamePlace(entry, told.from))
    const mine = waiting.length > 0 ? seat.take(told.from) : undefined
    if (mine) for (const one of waiting) one.resolve(this.#answer(seat, mine))
    else if (this.#isAbsent(seat)) this.#leave(seat)
    else if (this.#chars > KEPT_CHARS) this.#seats.delete(key)
  }

  /** The server refused the stream as a whole: each shape hears it. */
  refuse(status: number, body: string): void {
    this.#seats.clear()
    for (const waiting of [...this.#waiting]) waiting.resolve(toResponse({ status, headers: {}, body }))
  }

  /** Lets go of all: the adds reject with RoadChanged. */
  release(): void {
    this.#seats.clear()
    for (const waiting of [...this.#waiting]) waiting.reject(new RoadChanged())
  }

  get #chars(): number {
    return [...this.#seats.values()].reduce((sum, seat) => sum + seat.chars, 0)
  }

  /** The seat of a shape that asks from this place; a new one where the one there is has nothing for it, and stands elsewhere. */
  #seat(entry: LiveEntry, owner: object): Seat {
    const key = keyOf(entry)
    const found = this.#seats.get(key)
    if (found?.owner === owner && (found.has(entry) || (!found.isOver && isSamePlace(found.entry, entry)))) return found
    const seat = new Seat(entry, owner)
    this.#seats.set(key, seat)
    return seat
  }

  #answer(seat: Seat, told: Told): Response {
    if (seat.isOver && seat.isEmpty) this.#forget(seat)
    return toResponse(told)
  }

  #isAbsent(seat: Seat): boolean {
    return performance.now() - seat.seenAt > ABSENT_MS && ![...this.#waiting].some(({ entry }) => keyOf(entry) === keyOf(seat.entry))
  }

  #forget(seat: Seat): void {
    if (this.#seats.get(keyOf(seat.entry)) === seat) this.#seats.delete(keyOf(seat.entry))
  }

  /** Nobody wants it any more. The server goes on telling of it until a stream without it is opened. */
  #leave(seat: Seat): void {
    this.#forget(seat)
    if (seat.isCarried) this.#onJoin()
  }
}

const keyOf = ({ shape, company = '' }: Pick<Place, 'shape' | 'company'>) => `${shape} ${company}`
