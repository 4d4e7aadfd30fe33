interface Waiting { key: string, begin: () => void }

/**
 * Lets some work run at once and the rest wait, first come first served: of the connections of a process no kind of
 * request may have all. Nobody waits behind a key (a person, a session) that has its share.
 */
export class Turns {
  readonly #atOnce: number
  readonly #atOnceAKey: number
  readonly #running = new Map<string, number>()
  readonly #waiting: Waiting[] = []
  #total = 0

  constructor(atOnce: number, atOnceAKey: number) {
    this.#atOnce = atOnce
    this.#atOnceAKey = atOnceAKey
  }

  /** Runs the work when it is its turn. Rejects with what the work rejects with. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    await new Promise<void>((begin) => {
      this.#waiting.push({ key, begin })
      this.#next()
    })
    try {
      return await work()
    }
    finally {
      this.#leave(key)
    }
  }

  #next(): void {
    while (this.#total < this.#atOnce) {
      const place = this.#waiting.findIndex(({ key }) => (this.#running.get(key) ?? 0) < this.#atOnceAKey)
      const [chosen] = place < 0 ? [] : this.#waiting.splice(place, 1)
      if (!chosen) return
      this.#running.set(chosen.key, (this.#running.get(chosen.key) ?? 0) + 1)
      this.#total++
      chosen.begin()
    }
  }

  #leave(key: string): void {
    const rest = (this.#running.get(key) ?? 1) - 1
    if (rest > 0) this.#running.set(key, rest)
    else this.#running.delete(key)
    this.#total--
    this.#next()
  }
}
