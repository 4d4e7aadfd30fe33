/** Web Locks of one process. */
export class Locks {
  readonly #tails = new Map<string, Promise<unknown>>()

  /** One after the other, those too that a browser would let work beside each other. */
  request<T>(name: string, ...[first, second]: [() => Promise<T>] | [LockOptions, () => Promise<T>]): Promise<T> {
    const work = typeof first === 'function' ? first : second as () => Promise<T>
    const before = this.#tails.get(name) ?? Promise.resolve()
    const mine = before.then(work, work)
    this.#tails.set(name, mine.catch(() => {}))
    return mine
  }
}
