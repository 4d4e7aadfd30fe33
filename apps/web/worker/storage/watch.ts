/** What the browser says of its storage. Undefined where it does not say. */
export interface StorageEstimate {
  usage: number | undefined
  quota: number | undefined
  persisted: boolean | undefined
}

export interface WatchOptions {
  /** Asks the browser. */
  look: () => Promise<StorageEstimate>
  onLooked: (estimate: StorageEstimate) => void
  /** Whether so many bytes more can be stored, by trying; undefined where that cannot be tried. */
  fits: (bytes: number) => Promise<boolean | undefined>
  everyMs?: number
}

/** The browser has no room for what is to be written. */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError'
}

const EVERY_MS = 60_000
/** An answer is believed for so long: asking takes some milliseconds, and pages come by the second. */
const FRESH_MS = 1_000

/**
 * What is left free below a write, in bytes. A database that meets the end of its storage inside a write of its log
 * cannot go on at all, so the end is stopped at before: a page of a first sync is up to 10 MB, and its heap, its indexes
 * and its log take about four times that.
 */
const RESERVE = { page: 48e6, change: 8e6 }
/** More rows than these at once are a page. */
const CHANGE_ROWS = 100

/** Looks at the storage in turn, and says whether there is room before it is needed. */
export class StorageWatch {
  readonly #options: WatchOptions
  #timer: ReturnType<typeof setInterval> | undefined
  #last: { estimate: StorageEstimate, at: number } | undefined
  /** So many bytes were found to fit, and when. */
  #fitting = { bytes: 0, at: 0 }

  constructor(options: WatchOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), this.#options.everyMs ?? EVERY_MS)
    void this.look()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Asks the browser now, and tells. */
  async look(): Promise<void> {
    this.#options.onLooked(await this.#ask())
  }

  /** @param rows how many are to be written @throws StorageFullError where there is no room for them */
  async room(rows: number): Promise<void> {
    const reserve = rows > CHANGE_ROWS ? RESERVE.page : RESERVE.change
    const { usage, quota } = this.#last && performance.now() - this.#last.at < FRESH_MS ? this.#last.estimate : await this.#ask()
    const isSaidFull = usage !== undefined && quota !== undefined && quota - usage < reserve
    if (!isSaidFull && await this.#fits(reserve)) return
    void this.look()
    throw new StorageFullError(isSaidFull ? `${usage} of ${quota} bytes are taken` : `${reserve} bytes more do not fit`)
  }

  async #fits(bytes: number): Promise<boolean> {
    if (bytes <= this.#fitting.bytes && performance.now() - this.#fitting.at < FRESH_MS) return true
    const found = await this.#options.fits(bytes)
    this.#fitting = found ? { bytes, at: performance.now() } : { bytes: 0, at: 0 }
    return found !== false
  }

  async #ask(): Promise<StorageEstimate> {
    const estimate = await this.#options.look().catch(() => ({ usage: undefined, quota: undefined, persisted: undefined }))
    this.#last = { estimate, at: performance.now() }
    return estimate
  }
}

/** What this browser says, of all that this site stores. */
export async function lookAtStorage(): Promise<StorageEstimate> {
  const [{ usage, quota }, persisted] = await Promise.all([navigator.storage.estimate(), navigator.storage.persisted().catch(() => undefined)])
  return { usage, quota, persisted }
}
