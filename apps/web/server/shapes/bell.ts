/** Wakes the one that waits: for a ring, or until a time has passed. What rings while nobody waits is not kept. */
export class Bell {
  #wake: () => void = () => {}

  readonly ring = (): void => this.#wake()

  /** Resolves at the next ring, or after so many ms. */
  async wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, Math.max(0, ms))
    })
    clearTimeout(timer)
  }
}
