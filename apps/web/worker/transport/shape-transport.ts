import { CLIENT_PARAMETERS, DATABASE_USER_HEADER, ROW_ESTIMATE_HEADER, SHAPES_PATH, type LiveEntry } from '#shared/protocol/sync'
import { Attempt } from './attempt'
import { LiveStream, type StreamTimes } from './live-stream'
import { Pause } from './pause'
import { codeOf, dateOf, isPassing, retryAfter } from './retry-after'
import { Turns } from './turns'

/** One shape as the server names it. */
export interface ShapeAddress {
  readonly shape: string
  readonly company?: string
}

export interface TransportOptions {
  /** `https://host:port` of our server. */
  origin: string
  /** The user whose database asks. */
  databaseUser: string
  fetch?: typeof fetch
  /** Called when the server can be reached again, or no more (with a code: `network` or one of protocol/answers). */
  onReach: (reached: boolean, code?: string) => void
  /** The server has spoken to this person: a page, a line of the stream. By its own clock, in epoch ms. */
  onContact?: (at: number) => void
  /** For so many ms the answer with a page may be silent before it is asked for again; a minute if left out. */
  pageSilenceMs?: number
  /** The times of the live stream, where others than the standard's. */
  times?: Partial<StreamTimes>
}

/** Electric may work for long on the first page of a shape that it has not made yet. */
const PAGE_SILENCE_MS = 60_000

/** On each page of a shape. */
const HANDLE_HEADER = 'electric-handle'

/**
 * The road of all shape requests of this browser to our server. Snapshots and catch-up go one at a time, what happens
 * after that comes over one stream: never more than two in flight, however many companies and tabs there are.
 * What passes (no network, 5xx, 429) is tried again in here, until it is answered or given up.
 */
export class ShapeTransport {
  readonly #options: TransportOptions
  readonly #fetch: typeof fetch
  readonly #turns = new Turns()
  readonly #live: LiveStream
  readonly #pauses = new Set<Pause>()

  constructor(options: TransportOptions) {
    this.#options = options
    this.#fetch = options.fetch ?? ((...args) => fetch(...args))
    this.#live = new LiveStream({ ...options, fetch: this.#fetch })
  }

  /** The address to give to a ShapeStream. */
  url({ shape, company }: ShapeAddress): string {
    const url = new URL(`${SHAPES_PATH}/${encodeURIComponent(shape)}`, this.#options.origin)
    if (company !== undefined) url.searchParams.set('company', company)
    return url.href
  }

  /** The `fetchClient` of a ShapeStream, or of those that follow each other for one who wants the shape. @param onEstimate told about how many rows the shape has */
  fetchClient(address: ShapeAddress, onEstimate?: (rows: number) => void): typeof fetch {
    const owner = {}
    return async (input, init) => {
      const asked = new URL(input instanceof Request ? input.url : input).searchParams
      const signal = init?.signal ?? new AbortController().signal
      const isLive = asked.get('live') === 'true'
      return this.#untilAnswered(signal, () => isLive
        ? this.#live.add(liveEntry(address, asked), signal, owner)
        : this.#turns.take(signal, () => this.#page(address, asked, signal, onEstimate)))
    }
  }

  /** Ends every wait for a next try: the network came back, or a person asks. */
  wake(): void {
    for (const pause of this.#pauses) pause.wake()
    this.#live.wake()
  }

  close(): void {
    this.#live.close()
  }

  async #untilAnswered(signal: AbortSignal, ask: () => Promise<Response>): Promise<Response> {
    const pause = new Pause()
    for (;;) {
      let wait = 0
      try {
        const response = await ask()
        if (!isPassing(response.status)) return response
        wait = retryAfter(response.headers)
        this.#options.onReach(false, await codeOf(response))
      }
      catch (error) {
        if (signal.aborted) throw error
        this.#options.onReach(false, 'network')
      }
      this.#pauses.add(pause)
      await pause.wait(signal, wait)
      this.#pauses.delete(pause)
      signal.throwIfAborted()
    }
  }

  /**
   * One page, read to its end: whoever comes next may ask only then. Throws where nothing of it comes for long, so that
   * one lost answer holds up the others no longer than that.
   */
  async #page(address: ShapeAddress, asked: URLSearchParams, signal: AbortSignal, onEstimate?: (rows: number) => void): Promise<Response> {
    const url = new URL(this.url(address))
    for (const name of CLIENT_PARAMETERS) {
      const value = asked.get(name)
      if (value !== null) url.searchParams.set(name, value)
    }
    const attempt = new Attempt(this.#options.pageSilenceMs ?? PAGE_SILENCE_MS, signal)
    try {
      const response = await this.#fetch(url, { headers: { [DATABASE_USER_HEADER]: this.#options.databaseUser }, signal: attempt.signal })
      const body = await attempt.watch(response).arrayBuffer()
      if (!isPassing(response.status)) this.#options.onReach(true)
      // Not the page of somebody else's sign-in, which may say 200 as well.
      if (response.ok && response.headers.has(HANDLE_HEADER)) this.#options.onContact?.(dateOf(response.headers))
      const estimate = Number(response.headers.get(ROW_ESTIMATE_HEADER) ?? undefined)
      if (Number.isFinite(estimate)) onEstimate?.(estimate)
      return new Response(body.byteLength > 0 ? body : null, { status: response.status, headers: response.headers })
    }
    finally {
      attempt.end()
    }
  }
}

function liveEntry({ shape, company }: ShapeAddress, asked: URLSearchParams): LiveEntry {
  const cursor = asked.get('cursor')
  const expired = asked.get('expired_handle')
  return {
    shape,
    ...(company !== undefined && { company }),
    handle: asked.get('handle') ?? '',
    offset: asked.get('offset') ?? '',
    // The client sends an empty cursor until the first live answer gave it one.
    ...(cursor && { cursor }),
    ...(expired && { expired_handle: expired }),
  }
}
