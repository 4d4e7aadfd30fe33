/** Gives one holder at a time its turn, in the order of asking. */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  /** Runs `work` when all asked for before it has ended. An aborted signal gives the turn up; then it rejects. */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last
    const turn = before.then(async () => {
      signal.throwIfAborted()
      return work()
    })
    this.#last = turn.then(() => undefined, () => undefined)
    return turn
  }
}
