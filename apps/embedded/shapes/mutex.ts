/** One at a time, in order of asking. */
export class Mutex {
  private tail: Promise<void> = Promise.resolve()

  /** Resolves when it is this caller's turn, to the function that ends the turn. Ending twice is harmless. */
  async acquire(): Promise<() => void> {
    const before = this.tail
    let release = (): void => {}
    this.tail = new Promise((resolve) => { release = resolve })
    await before
    return release
  }
}
