import { HEARTBEAT_MS, LIVE_PATH, STREAM_PATH, type Heartbeat } from '#shared/protocol/sync'
import { outside, realSleep, type Clock } from './clock'
import type { Fault } from './faults'
import { answerAgain, type Recorded, type Road } from './recorded'

export interface NetworkOptions {
  clock: Clock
  /** Of the real servers: requests go to them in turn, as an edge shares them out. */
  origins: readonly string[]
  cookie: string
  /** Of the person who signs in where they should not. */
  strangersCookie: string
  /** What was said goes here. */
  record: Recorded[]
  /** What was answered when the story was told before: then nobody else is asked. */
  told?: Recorded[]
}

/** A long poll that is held for so long in real time is being held. */
const HELD_MS = 50
const PORTAL = '<!doctype html><title>Welcome</title><p>Sign in to use this network.</p>'

/** A request in flight. */
interface Exchange {
  fail: (error: unknown) => void
  mute: () => void
}

/** The network of one browser: what is asked goes to the real server, and faults happen on the road. */
export class Network {
  readonly #options: NetworkOptions
  readonly #open = new Set<Exchange>()
  readonly #earlier = new Map<string, { status: number, headers: [string, string][], text: string }>()
  #faults: Fault[] = []
  #isOff = false
  #asked = 0
  /** Handles of shapes by name and company, as the server gave them last. */
  readonly handles = new Map<string, string>()

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  /** The next requests meet these, one each; `undefined` lets one pass. */
  meet(faults: Fault[]): void {
    this.#faults.push(...faults)
  }

  /** Nothing happens on the road any more but what is under way. */
  calm(): void {
    this.#faults = []
    this.#isOff = false
    this.#earlier.clear()
  }

  /** Cuts off what is in flight, as a cable that is pulled; new requests go out. */
  cutOff(): void {
    for (const exchange of [...this.#open]) exchange.fail(new TypeError('network error'))
  }

  /** What is in flight falls silent for good, as a connection that a sleeping network has forgotten; new requests go out. */
  mute(): void {
    for (const exchange of [...this.#open]) exchange.mute()
  }

  get isOff(): boolean {
    return this.#isOff
  }

  /** Whether there is no network at all. */
  turn(isOff: boolean): void {
    this.#isOff = isOff
    if (isOff) this.cutOff()
  }

  readonly fetch: typeof fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const signal = init?.signal ?? undefined
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    if (this.#isOff || this.#options.clock.isStopped) return Promise.reject(new TypeError('fetch failed'))
    const fault = this.#faults.shift()
    return new Promise((resolve, reject) => this.#exchange(url, init ?? {}, fault, resolve, reject))
  }

  #exchange(url: URL, init: RequestInit, fault: Fault | undefined, resolve: (response: Response) => void, reject: (error: unknown) => void): void {
    const { clock } = this.#options
    const { signal } = init
    const leaving = new AbortController()
    const done = clock.begin()
    const recorded: Recorded = { at: clock.now, asked: `${init.method ?? 'GET'} ${url.pathname}${url.search}`, ...(typeof init.body === 'string' && { body: init.body }), ...(fault && { fault }), pieces: [] }
    this.#options.record.push(recorded)
    let body: ReadableStreamDefaultController<Uint8Array> | undefined
    let beat: ReturnType<typeof setInterval> | undefined
    let [isOver, isMute] = [false, false]
    const over = () => {
      if (isOver) return
      isOver = true
      done()
      clearInterval(beat)
      signal?.removeEventListener('abort', giveUp)
      this.#open.delete(exchange)
      leaving.abort()
    }
    const exchange: Exchange = {
      fail: (error) => {
        if (isOver) return
        over()
        clock.run(() => {
          reject(error)
          body?.error(error)
        })
      },
      mute: () => {
        isMute = true
        clearInterval(beat)
        done()
      },
    }
    const giveUp = () => exchange.fail(signal?.reason)
    signal?.addEventListener('abort', giveUp)
    this.#open.add(exchange)

    const road: Road = {
      head: (status, headers) => {
        if (isOver || isMute) return
        recorded.head = { at: clock.now, status, headers }
        clock.run(() => {
          const stream = new ReadableStream<Uint8Array>({ start: (controller) => { body = controller }, cancel: () => exchange.fail(new TypeError('cancelled')) })
          resolve(new Response([204, 304].includes(status) ? null : stream, { status, headers }))
        })
      },
      write: (text) => {
        if (isOver || isMute) return
        recorded.pieces.push([clock.now, text])
        clock.run(() => body?.enqueue(new TextEncoder().encode(text)))
      },
      end: () => {
        if (isOver || isMute) return
        recorded.end = { at: clock.now, how: 'whole' }
        over()
        clock.run(() => body?.close())
      },
      fail: (error) => {
        if (isMute) return
        if (!isOver) recorded.end = { at: clock.now, how: 'broken' }
        exchange.fail(error)
      },
      beat: () => {
        // The server's come in real time, which here is far too seldom.
        if (!isMute) clock.run(() => {
          beat = setInterval(() => road.write(`${JSON.stringify({ heartbeat: true, at: clock.date } satisfies Heartbeat)}\n`), HEARTBEAT_MS)
        })
      },
      calm: done,
      isOver: () => isOver,
    }
    const { told } = this.#options
    const travel = () => told ? answerAgain(told, recorded, road, clock) : this.#travel(url, init, fault, road, leaving.signal)
    void outside(travel).catch((error: unknown) => exchange.fail(new TypeError(`fetch failed: ${String(error)}`)))
  }

  async #travel(url: URL, init: RequestInit, fault: Fault | undefined, road: Road, signal: AbortSignal): Promise<void> {
    switch (fault?.kind) {
      case 'dead': return road.calm()
      case 'status': {
        road.head(fault.status, fault.retryAfter === undefined ? [] : [['retry-after', String(fault.retryAfter)]])
        road.write('busy')
        return road.end()
      }
      case 'page': {
        road.head(fault.status, [['content-type', 'text/html']])
        road.write(PORTAL)
        return road.end()
      }
    }
    const key = `${url.pathname}${url.search}`
    const earlier = fault?.kind === 'stale' ? this.#earlier.get(key) : undefined
    if (earlier) {
      road.head(earlier.status, earlier.headers)
      road.write(earlier.text)
      return road.end()
    }
    if (fault?.kind === 'slow') {
      road.calm()
      await this.#wait(fault.ms)
      if (road.isOver()) return
    }
    const cookie = fault?.kind === 'stranger' ? this.#options.strangersCookie : this.#options.cookie
    const { origins } = this.#options
    const origin = origins[this.#asked++ % origins.length] ?? ''
    const ask = () => fetch(`${origin}${key}`, {
      method: init.method ?? 'GET',
      headers: { ...init.headers as Record<string, string>, cookie, origin, 'accept-encoding': 'identity' },
      ...(typeof init.body === 'string' && { body: init.body }),
      signal,
    })
    if (fault?.kind === 'twice' && url.pathname !== STREAM_PATH) await (await ask()).text()
    if (url.pathname === LIVE_PATH) void realSleep(HELD_MS).then(() => this.#letHold(road, signal))
    const response = await ask()
    const headers = [...response.headers].filter(([name]) => name !== 'content-encoding' && name !== 'content-length' && name !== 'transfer-encoding')
    if (url.pathname === STREAM_PATH && response.ok) return this.#stream(response, headers, fault, road)
    const text = await response.text()
    if (init.method !== 'POST') {
      this.#earlier.set(key, { status: response.status, headers, text })
      this.#note(url.pathname.split('/').at(-1) ?? '', url.searchParams.get('company'), response.headers.get('electric-handle'))
    }
    road.head(response.status, headers)
    if (fault?.kind === 'silent') return road.calm()
    if (fault?.kind !== 'cut') road.write(text)
    else {
      road.write(text.slice(0, fault.at % Math.max(1, text.length)))
      if (!fault.clean) return road.fail(new TypeError('network error'))
    }
    road.end()
  }

  /** A stream is passed on line by line, so that a heartbeat can come between. */
  async #stream(response: Response, headers: [string, string][], fault: Fault | undefined, road: Road): Promise<void> {
    road.head(response.status, headers)
    if (fault?.kind === 'silent' || fault?.kind === 'held-back') road.calm()
    else if (fault?.kind !== 'cut') road.beat()
    let [begun, passed] = ['', 0]
    const decoder = new TextDecoder()
    for await (const piece of response.body ?? []) {
      const lines = (begun + decoder.decode(piece as Uint8Array, { stream: true })).split('\n')
      begun = lines.pop() ?? ''
      for (const line of lines) {
        if (fault?.kind === 'silent' || fault?.kind === 'held-back') continue
        this.#noteLine(line)
        const text = `${line}\n`
        if (fault?.kind === 'cut' && passed + text.length > fault.at) {
          road.write(text.slice(0, Math.max(0, fault.at - passed)))
          return fault.clean ? road.end() : road.fail(new TypeError('network error'))
        }
        passed += text.length
        road.write(text)
        if (fault?.kind === 'echo') road.write(text)
        road.calm()
      }
    }
    road.end()
  }

  #noteLine(line: string): void {
    const [, shape, company, handle] = /^\{"shape":"([^"]*)"(?:,"company":"([^"]*)")?.*?"electric-handle":"([^"]*)"/.exec(line) ?? []
    if (shape && handle) this.#note(shape, company ?? null, handle)
  }

  #note(shape: string, company: string | null, handle: string | null): void {
    if (handle) this.handles.set(`${shape} ${company ?? ''}`, handle)
  }

  #wait(ms: number): Promise<void> {
    return new Promise(resolve => this.#options.clock.run(() => setTimeout(resolve, ms)))
  }

  /** What is held is no reason for the clock to stand, but the server holds it by its own. */
  async #letHold(road: Road, signal: AbortSignal): Promise<void> {
    if (road.isOver()) return
    const letGo = this.#options.clock.hold()
    road.calm()
    signal.addEventListener('abort', letGo, { once: true })
    if (signal.aborted) letGo()
  }
}
