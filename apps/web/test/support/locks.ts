/** Web Locks of one process. */
export class Locks {
  readonly #tails = new Map<string, Promise<unknown>>()
  readonly #held = new Set<string>()

  /** One after the other, those too that a browser would let work beside each other. */
  async request<T>(name: string, ...[first, second]: [() => Promise<T>] | [LockOptions, (lock: object | null) => Promise<T>]): Promise<T> {
    const [options, work] = typeof first === 'function' ? [{}, first] : [first, second as (lock: object | null) => Promise<T>]
    if (options.ifAvailable && this.#held.has(name)) return work(null)
    this.#held.add(name)
    const before = this.#tails.get(name) ?? Promise.resolve()
    const run = () => work({ name })
    const mine = before.then(run, run)
    const over = mine.catch(() => {}).then(() => { if (this.#tails.get(name) === over) this.#held.delete(name) })
    this.#tails.set(name, over)
    return mine
  }
}
