/** Gives one holder at a time its turn, in the order of asking. */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  /** Runs `work` when all that was asked for before it has ended. Rejects at once when the signal aborts before that. */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last
    return new Promise<T>((resolve, reject) => {
      const giveUp = () => reject(signal.reason)
      signal.addEventListener('abort', giveUp, { once: true })
      this.#last = before.then(async () => {
        signal.removeEventListener('abort', giveUp)
        if (signal.aborted) return giveUp()
        await work().then(resolve, reject)
      })
    })
  }
}
