import type { LiveEntry } from '#shared/protocol/sync'
import { isSamePlace, type Place, type Told } from './line'

/** What came while a shape was busy is handed over as one, up to so many characters: each answer costs a transaction. */
const MERGE_CHARS = 1_000_000

interface Message { headers: { control?: string } }

/** One shape in the stream: where its log stands there, and what has come of it that the shape has not asked for yet. */
export class Seat {
  /** Where the stream goes on for this shape. */
  entry: LiveEntry
  /** The stream that is open now carries it. */
  isCarried = false
  /** The server fails for it, with this code, and goes on trying. */
  ailing: string | undefined
  /** Nothing comes after what is queued. */
  isOver = false
  /** When the shape last showed that it is there. */
  seenAt = performance.now()
  /** How much is queued. */
  chars = 0
  #queue: Told[] = []

  /** Who follows the shape. */
  readonly owner: object

  constructor(entry: LiveEntry, owner: object) {
    this.entry = entry
    this.owner = owner
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  /** Takes in what was told, and stands where it ends. */
  push(told: Told): void {
    const { status, headers } = told
    if (status !== 200) this.isOver = true
    const { 'electric-offset': offset, 'electric-handle': handle, 'electric-cursor': cursor } = headers
    const isNews = status !== 200 || offset !== this.entry.offset
    const { expired_handle: _, ...entry } = this.entry
    this.entry = { ...entry, ...(offset && { offset }), ...(handle && { handle }), ...(cursor && { cursor }) }
    // "Nothing happened" behind something that did is no news.
    if (!isNews && this.#queue.length > 0) return
    this.#queue.push(told)
    this.chars += told.body.length
  }

  /** Whether something has come from this place on. */
  has(from: Place): boolean {
    return this.#queue.some(told => isSamePlace(told.from, from))
  }

  /** What has come from this place on, as one; nothing where nothing has. What lies before the place is forgotten. */
  take(from: Place): Told | undefined {
    const at = this.#queue.findIndex(told => isSamePlace(told.from, from))
    const [first, ...more] = at === -1 ? [] : this.#queue.slice(at)
    this.#queue = more
    this.chars = more.reduce((sum, { body }) => sum + body.length, 0)
    if (!first || first.status !== 200) return first
    let chars = first.body.length
    const joined = [first]
    while (this.#queue[0]?.status === 200 && chars + this.#queue[0].body.length <= MERGE_CHARS) {
      const next = this.#queue.shift() as Told
      chars += next.body.length
      this.chars -= next.body.length
      joined.push(next)
    }
    return joined.length === 1 ? first : merge(first.from, joined)
  }
}

/** As Electric would have answered who asked later: all messages, and one "up to date" where the last answer has it. */
function merge(from: Place, all: readonly Told[]): Told {
  const last = all.at(-1) as Told
  const messages = all.flatMap((told) => {
    const read = JSON.parse(told.body) as Message[]
    return told === last ? read : read.filter(message => message.headers.control !== 'up-to-date')
  })
  return { ...last, from, body: JSON.stringify(messages) }
}
