import { BroadcastChannel as NodeBroadcastChannel } from 'node:worker_threads'

/** What happy-dom lacks of a browser and the page cannot do without: BroadcastChannel (Node's own) and Web Locks. */
class Locks {
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

Object.assign(globalThis, { BroadcastChannel: NodeBroadcastChannel })
// A test in Node's own environment has no navigator and needs none.
if (typeof navigator !== 'undefined') Object.defineProperty(navigator, 'locks', { configurable: true, value: new Locks() })
