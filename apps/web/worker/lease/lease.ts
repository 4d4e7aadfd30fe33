import { LEASE_ENDED, LEASE_HEADER, leaseEnd, leaseRunsOut, newLease, type LeaseEnd, type LeaseRecord } from '#shared/lease/lease'
import { readLease, writeLease } from '#shared/lease/record'
import { leaseDatabaseName } from '#shared/lease/store'

/** Looked at this often, and noted at most this often: a day more or less is what it is about. */
const LOOK_EVERY_MS = 60_000

export interface LeaseOptions {
  /** What is noted on the device; undefined where nothing is. */
  load: () => Promise<LeaseRecord | undefined>
  save: (record: LeaseRecord) => Promise<void>
  now?: () => number
}

/** Hears of an end, and of the server's word after it. */
type Follower = (end: LeaseEnd | undefined) => void

/** The lease of a person on this device, as it is noted there. */
export function openLease(databaseName: string, userId: string): Promise<Lease> {
  const name = leaseDatabaseName(databaseName, userId)
  return Lease.open({ load: () => readLease(name), save: record => writeLease(name, record) })
}

/**
 * Whether the leader may show what is here.
 *
 *   held ── so many days without the server ──▶ ended (expired) ── the server was heard ──▶ held
 *     └──── the clock went back by a day ─────▶ ended (clock) ──── the server was heard ──▶ held
 *
 * For this leader only the server opens it again, whatever the clock says then. Nothing is deleted by the end of a lease:
 * the device may have been in a drawer, and what its person no longer may see goes when the server is heard.
 */
export class Lease {
  readonly #options: LeaseOptions
  readonly #now: () => number
  #record: LeaseRecord
  #end: LeaseEnd | undefined
  #savedAt = 0
  #stopped = false
  #follower: Follower | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #saving: Promise<void> = Promise.resolve()

  private constructor(options: LeaseOptions, record: LeaseRecord, now: () => number) {
    this.#options = options
    this.#now = now
    this.#record = record
    this.#end = leaseEnd(record, now())
    this.#note()
    this.#lookLater()
  }

  /** A device without a note begins a lease of its own: one from before there were leases, or without storage for it. */
  static async open(options: LeaseOptions): Promise<Lease> {
    const now = options.now ?? Date.now
    const noted = await options.load().catch(() => undefined)
    return new Lease(options, noted ?? newLease(now()), now)
  }

  /** Tells of each change, and at once of an end that is already there. */
  follow(follower: Follower): void {
    this.#follower = follower
    if (this.#end) follower(this.#end)
  }

  /** Looks at the clock. Out: why nothing may be shown; undefined while it may. */
  look(): LeaseEnd | undefined {
    const now = this.#now()
    this.#set(this.#end ?? leaseEnd(this.#record, now))
    if (this.#end) return this.#end
    if (now > this.#record.seen) this.#record.seen = now
    this.#note()
    return undefined
  }

  /** Does what shows something, unless the lease has ended. Rejects with the code LEASE_ENDED then. */
  async guarded<T>(work: () => Promise<T>): Promise<T> {
    const end = this.look()
    if (end) throw Object.assign(new Error(end), { code: LEASE_ENDED })
    return work()
  }

  /** The same database, for what shows something: each of its calls is guarded. */
  guard<Database extends object>(database: Database): Database {
    return new Proxy(database, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? (...given: unknown[]) => this.guarded(() => Reflect.apply(value, target, given) as Promise<unknown>) : value
      },
    })
  }

  /** Our server has answered for this person. @param days for how long it lends */
  heard(days: number): void {
    const isNews = this.#end !== undefined || days !== this.#record.days
    this.#record = newLease(this.#now(), days)
    this.#note(isNews)
    this.#set(undefined)
    if (isNews) this.#lookLater()
  }

  /** The same fetch, whose answers of our server count as heard; a body that comes line by line counts with each piece. */
  listening(fetching: typeof fetch): typeof fetch {
    return async (input, init) => {
      const answer = await fetching(input, init)
      const days = Number(answer.headers.get(LEASE_HEADER) ?? Number.NaN)
      if (!(days > 0)) return answer
      this.heard(days)
      if (!answer.body || !answer.headers.get('content-type')?.includes('ndjson')) return answer
      const body = answer.body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({
        transform: (piece, controller) => {
          this.heard(days)
          controller.enqueue(piece)
        },
      }))
      return new Response(body, { status: answer.status, statusText: answer.statusText, headers: answer.headers })
    }
  }

  /** Nothing is noted any more when it resolves: what is deleted after this stays deleted. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#saving
  }

  /** At the moment of the end where that is near: what is on a screen goes then, though nobody asks for anything. */
  #lookLater(): void {
    clearTimeout(this.#timer)
    if (this.#stopped) return
    const left = leaseRunsOut(this.#record) + 1 - this.#now()
    this.#timer = setTimeout(() => {
      this.look()
      this.#lookLater()
    }, this.#end ? LOOK_EVERY_MS : Math.max(1, Math.min(LOOK_EVERY_MS, left)))
  }

  #set(end: LeaseEnd | undefined): void {
    if (end === this.#end) return
    this.#end = end
    this.#follower?.(end)
  }

  #note(now = false): void {
    const at = this.#now()
    if (this.#stopped) return
    if (!now && Math.abs(at - this.#savedAt) < LOOK_EVERY_MS) return
    this.#savedAt = at
    // Where it cannot be noted it holds for as long as this leader does, and the next one begins with what was noted before.
    this.#saving = this.#options.save(this.#record).catch(() => {})
  }
}
