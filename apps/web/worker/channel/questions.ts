interface Waiting { id: number, answer: () => Promise<void> }

/**
 * Questions that wait for the database, one at a time: it can do only one anyway, and what still waits here can be
 * forgotten. Tabs take turns, so that one that asks for a thousand things keeps the others waiting for one of them.
 *
 *   waiting ── its turn ──▶ running ──▶ answered
 *      └── forgotten, or its tab went ──▶ gone: never begun
 */
export class Questions {
  readonly #tabs = new Map<string, Waiting[]>()
  #running = false
  #closed = false

  /** @param answer begins the question; it never rejects */
  add(tab: string, id: number, answer: () => Promise<void>): void {
    if (this.#closed) return
    const waiting = this.#tabs.get(tab) ?? []
    // Asked again after a `lead`: once is enough.
    if (!waiting.some(question => question.id === id)) waiting.push({ id, answer })
    this.#tabs.set(tab, waiting)
    if (!this.#running) void this.#run()
  }

  /** Nobody waits for this answer any more. */
  forget(tab: string, id: number): void {
    const waiting = this.#tabs.get(tab)?.filter(question => question.id !== id)
    if (waiting) this.#tabs.set(tab, waiting)
  }

  release(tab: string): void {
    this.#tabs.delete(tab)
  }

  close(): void {
    this.#closed = true
    this.#tabs.clear()
  }

  async #run(): Promise<void> {
    this.#running = true
    for (let question = this.#next(); question; question = this.#next()) {
      await question.answer()
      // What came while the database computed is heard before the next begins: it may forget that one.
      if (this.#tabs.size > 0) await turn()
    }
    this.#running = false
  }

  /** The oldest of the tab whose turn it is; that tab goes to the end of the row. */
  #next(): Waiting | undefined {
    for (const [tab, waiting] of this.#tabs) {
      this.#tabs.delete(tab)
      const question = waiting.shift()
      if (waiting.length > 0) this.#tabs.set(tab, waiting)
      if (question) return question
    }
    return undefined
  }
}

/** The end of this turn of the event loop. A timer of 0 ms would take four of them from the fifth on. */
const turn = () => new Promise<void>((resolve) => {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    resolve()
  }
  port2.postMessage(undefined)
})
