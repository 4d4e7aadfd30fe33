import type { EndReason } from '#shared/protocol/leader'
import { untilAborted } from './database/until-aborted'

/** A database that has crashed may never close: its tabs must hear of the end all the same. */
const CLOSE_LIMIT_MS = 10_000

export interface EndingOptions {
  /** Closes the database and all that works on it. */
  close: () => Promise<void>
  /** Tells every tab. */
  say: (reason: EndReason, message: string) => void
  closeLimitMs?: number
}

/**
 * The end of a leader, which comes once: each of several shapes may be refused for the same reason, and a second close
 * of PGlite throws while the first still runs.
 *
 *   open ── begin ──▶ closing ── closed, and what was to be done after it ──▶ said
 *                        └────── that failed ─────────────────────────────▶ said (failed)
 */
export class Ending {
  readonly #options: EndingOptions
  #begun = false

  /** Whether the database is being closed, or is. */
  get begun(): boolean {
    return this.#begun
  }

  constructor(options: EndingOptions) {
    this.#options = options
  }

  /**
   * Closes, does what must follow, and says the reason to all.
   * @returns false where the end has already begun: then nothing is done
   * @throws what `then` throws
   */
  async begin(reason: EndReason, message: string, then: () => Promise<void> = async () => {}): Promise<boolean> {
    if (this.#begun) return false
    this.#begun = true
    const limit = AbortSignal.timeout(this.#options.closeLimitMs ?? CLOSE_LIMIT_MS)
    await untilAborted(limit, this.#options.close()).catch((error: unknown) => console.error('The local database did not close well:', error))
    try {
      await then()
    }
    catch (error) {
      this.#sayLater('failed', error instanceof Error ? error.message : String(error))
      throw error
    }
    this.#sayLater(reason, message)
    return true
  }

  /** After whoever asked for it has been answered: the worker closes when it hears this. */
  #sayLater(reason: EndReason, message: string): void {
    setTimeout(() => this.#options.say(reason, message), 0)
  }
}
