import { DATABASE_USER_HEADER } from '#shared/protocol/sync'
import { READS_PATH, rowsOf, type ReadAnswer } from '#shared/protocol/reads'
import { request, ServerError } from './server-api'

/** While the local copy is not complete, the server's answer is asked for again after so long. */
const AGAIN_MS = 10_000

/** A page that has heard nothing new for so long has what it shows first. */
const QUIET_MS = 100
/** Nobody waits longer for a first paint. */
const PATIENCE_MS = 1_000

/** The server will not answer this otherwise until something else changes: asking again would only repeat it. */
const FINAL: readonly ServerError['code'][] = ['sign_in', 'membership_ended', 'role_changed', 'wrong_user', 'unknown_read', 'not_found', 'invalid_input']

export interface ServerListener {
  rows: (rows: object[]) => void
  /** @param final it was refused, and rows of before are no longer to be shown; otherwise it is tried again */
  failed: (error: ServerError, final: boolean) => void
}

interface Asked {
  readonly url: string
  readonly listeners: Set<ServerListener>
  last: object[] | undefined
  ended: boolean
  asking: boolean
  /** Asked for anew while an answer was under way: that one may be from before what has changed. */
  stale: boolean
  timer: ReturnType<typeof setTimeout> | undefined
}

/** One person's named reads on the server, for as long as the local copy cannot answer them. Equal ones are asked once. */
export class ServerReads {
  readonly #userId: string
  readonly #asked = new Map<string, Asked>()
  #inFlight = 0
  #onQuiet = () => {}
  #quiet: ReturnType<typeof setTimeout> | undefined

  constructor(userId: string) {
    this.#userId = userId
  }

  /** Asks now, and again every 10 s until the returned function is called. @param params in the order of the read */
  follow(read: string, params: unknown[], listener: ServerListener): () => void {
    const url = `${READS_PATH}/${read}?params=${encodeURIComponent(JSON.stringify(params))}`
    let asked = this.#asked.get(url)
    if (!asked || asked.ended) {
      asked = { url, listeners: new Set(), last: undefined, ended: false, asking: false, stale: false, timer: undefined }
      this.#asked.set(url, asked)
      void this.#ask(asked)
    }
    const kept = asked
    kept.listeners.add(listener)
    if (kept.last) listener.rows(kept.last)
    return () => {
      kept.listeners.delete(listener)
      if (kept.listeners.size > 0) return
      kept.ended = true
      clearTimeout(kept.timer)
      if (this.#asked.get(url) === kept) this.#asked.delete(url)
    }
  }

  /** Something was changed by this page: what the server answered is asked for again now. */
  refresh(): void {
    for (const asked of this.#asked.values()) void this.#ask(asked)
  }

  /** Resolves when what the page asked first was answered and painted, and after a second in any case. */
  firstAnswers(): Promise<void> {
    return new Promise((resolve) => {
      const limit = setTimeout(resolve, PATIENCE_MS)
      this.#onQuiet = () => {
        clearTimeout(limit)
        resolve()
      }
    })
  }

  /** Counts what is in flight. @param by 1 for a question, -1 for its end */
  #count(by: number): void {
    this.#inFlight += by
    clearTimeout(this.#quiet)
    if (this.#inFlight === 0) this.#quiet = setTimeout(() => this.#onQuiet(), QUIET_MS)
  }

  async #ask(asked: Asked): Promise<void> {
    if (asked.ended) return
    if (asked.asking) {
      asked.stale = true
      return
    }
    clearTimeout(asked.timer)
    asked.asking = true
    asked.stale = false
    this.#count(1)
    try {
      const answer = await request<ReadAnswer>(asked.url, { headers: { [DATABASE_USER_HEADER]: this.#userId } })
      asked.last = rowsOf(answer)
      for (const listener of [...asked.listeners]) listener.rows(asked.last)
    }
    catch (error) {
      const reason = error instanceof ServerError ? error : new ServerError()
      if (FINAL.includes(reason.code)) {
        asked.ended = true
        asked.last = undefined
      }
      for (const listener of [...asked.listeners]) listener.failed(reason, asked.ended)
    }
    this.#count(-1)
    asked.asking = false
    if (asked.ended) return
    if (asked.stale) void this.#ask(asked)
    else asked.timer = setTimeout(() => void this.#ask(asked), AGAIN_MS)
  }
}
