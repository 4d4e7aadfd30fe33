import type { PGlite } from '@electric-sql/pglite'

/** What reaches the database; every other property is asked of the current one as it is. */
const CALLS = new Set<PropertyKey>(['query', 'sql', 'exec', 'transaction', 'runExclusive', 'describeQuery', 'execProtocol', 'execProtocolRaw', 'execProtocolStream', 'syncToFs', '_runExclusiveTransaction'])

/** Lets calls through while it is open, and knows how many are inside. */
class Gate {
  #inside = 0
  #opened: Promise<void> | undefined
  #open = () => {}
  #empty = () => {}

  async pass<T>(call: () => Promise<T>): Promise<T> {
    while (this.#opened) await this.#opened
    this.#inside++
    try {
      return await call()
    }
    finally {
      if (--this.#inside === 0) this.#empty()
    }
  }

  /** Resolves when nobody is inside; who comes later waits for `open`. */
  async close(): Promise<void> {
    this.#opened ??= new Promise(resolve => this.#open = resolve)
    if (this.#inside > 0) await new Promise<void>(resolve => this.#empty = resolve)
  }

  open(): void {
    this.#opened = undefined
    this.#open()
  }
}

/**
 * A database that can be replaced by another of the same content while everything that works on it goes on: sync, search
 * and live reads keep what they hold. `pg` waits while the replacement is filled, `reader` (for what never writes) goes
 * on reading the old one meanwhile and waits for the moment of the change only.
 *
 *   open ── replace ──▶ filling (pg waits) ── filled ──▶ changing (all wait) ──▶ open, on the new one
 *                          └─ failed ─▶ open, on the old one
 */
export class SwappableDatabase {
  readonly pg: PGlite
  readonly reader: PGlite
  /** Hears of every call that fails; it fails all the same. */
  onError: (error: unknown) => void = () => {}
  #current: PGlite
  readonly #writes = new Gate()
  readonly #reads = new Gate()

  constructor(first: PGlite) {
    this.#current = first
    this.pg = this.#through(this.#writes)
    this.reader = this.#through(this.#reads)
  }

  /** The one in use now, past the gates. */
  get current(): PGlite {
    return this.#current
  }

  /**
   * Replaces the database. One at a time.
   * @param fill brings everything of the old one into another and answers that; nothing is written to the old meanwhile
   * @param commit makes the other one the current one for good; from here on there is no way back
   * @throws what `fill` or `commit` throws; then the old one stays
   */
  async replace(fill: (old: PGlite) => Promise<PGlite>, commit: () => Promise<void>): Promise<void> {
    await this.#writes.close()
    try {
      const old = this.#current
      const next = await fill(old)
      await this.#reads.close()
      await commit()
      this.#current = next
      // Its files are deleted next: until it has let go of them that would fail.
      await old.close().catch((error: unknown) => console.warn('The replaced database did not close well:', error))
    }
    finally {
      this.#reads.open()
      this.#writes.open()
    }
  }

  #through(gate: Gate): PGlite {
    return new Proxy(this.#current, {
      get: (_, name) => {
        const current = this.#current
        const value: unknown = Reflect.get(current, name, current)
        if (typeof value !== 'function') return value
        if (!CALLS.has(name)) return value.bind(current) as unknown
        return (...given: unknown[]) => gate.pass(() => this.#call(name, given))
      },
    })
  }

  async #call(name: string | symbol, given: unknown[]): Promise<unknown> {
    const current = this.#current
    try {
      return await Reflect.apply(Reflect.get(current, name, current) as (...given: unknown[]) => Promise<unknown>, current, given)
    }
    catch (error) {
      this.onError(error)
      throw error
    }
  }
}
