import { AsyncLocalStorage } from 'node:async_hooks'

/** What the process itself goes by, kept before the globals are replaced. */
const own = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  performanceNow: performance.now.bind(performance),
  dateNow: Date.now.bind(Date),
}

const inside = new AsyncLocalStorage<Clock>()

/** How fast the clock of a browser goes in which nothing is under way: slowly at first, since an answer may be on its way. */
const FIRST_RATE = 20
const FIRST_MS = 4
const IDLE_RATE = 500
/** A tick that comes later than this was held up by somebody else's work, which is no time of this browser. */
const LONGEST_TICK_MS = 10
/** So many timers fire in one tick at most: who sets one for now again and again is not to hold the others up. */
const FIRED_A_TICK = 20

class Timer {
  readonly home: Clock
  readonly repeats: number | undefined
  readonly call: () => void
  due: number

  constructor(home: Clock, due: number, repeats: number | undefined, call: () => void) {
    this.home = home
    this.due = due
    this.repeats = repeats
    this.call = call
  }

  ref(): this { return this }
  unref(): this { return this }
  hasRef(): boolean { return true }
}

/**
 * The clock of one simulated browser. All that runs within `run`, and what comes of it, however late, has its timers,
 * `performance.now` and `Date.now` from here. While something real is under way (a request, a statement of the database)
 * it goes as the wall's does; when nothing is, it runs ahead to the next timer: a wait of ten seconds takes 20 ms.
 */
export class Clock {
  readonly #timers = new Set<Timer>()
  /** What the browser wrote to its console, for the report of a failure. */
  readonly said: string[] = []
  #now = 0
  #wall = own.dateNow()
  #seen = own.performanceNow()
  #busy = 0
  #held = 0
  #idleSince = own.performanceNow()
  #stopped = false

  /** Runs work of the browser: its timers come from here for good. */
  run<T>(work: () => T): T {
    return inside.run(this, work)
  }

  /** Milliseconds since the browser was started, as it believes. */
  get now(): number {
    return this.#now
  }

  get date(): number {
    return this.#wall + this.#now
  }

  get isStopped(): boolean {
    return this.#stopped
  }

  /** Whether something real is under way. */
  get isBusy(): boolean {
    return this.#busy > 0
  }

  /** Something real is under way until what is returned is called: the clock does not run ahead. */
  begin(): () => void {
    this.#busy++
    return once(() => {
      this.#busy--
      this.#idleSince = own.performanceNow()
    })
  }

  /** The server is holding a request in real time: the clock runs ahead by little. */
  hold(): () => void {
    this.#held++
    return once(() => { this.#held-- })
  }

  /** Somebody sets the clock of the device. */
  set(byMs: number): void {
    this.#wall += byMs
  }

  /** The device sleeps: time passes and nothing runs; what was due meanwhile fires late. */
  sleep(ms: number): void {
    this.#now += ms
  }

  /** The browser is gone, and with it whatever it waited for. */
  stop(): void {
    this.#stopped = true
    this.#timers.clear()
  }

  /** Sets a timer. @param repeats every so many ms again */
  later(ms: number, repeats: number | undefined, call: () => void): Timer {
    const timer = new Timer(this, this.#now + ms, repeats, call)
    if (!this.#stopped) this.#timers.add(timer)
    return timer
  }

  forget(timer: Timer): void {
    this.#timers.delete(timer)
  }

  /** Lets as much time pass as is due, timer by timer, each with a turn of the event loop for what comes of it. */
  async tick(): Promise<void> {
    const real = own.performanceNow()
    const elapsed = Math.min(real - this.#seen, LONGEST_TICK_MS)
    this.#seen = real
    const target = this.#now + elapsed * this.#rate(real)
    for (let fired = 0; fired < FIRED_A_TICK && !this.#stopped; fired++) {
      const next = this.#next()
      if (!next || next.due > target) {
        this.#now = Math.max(this.#now, target)
        return
      }
      this.#now = Math.max(this.#now, next.due)
      if (next.repeats === undefined) this.#timers.delete(next)
      else next.due = this.#now + Math.max(1, next.repeats)
      this.run(next.call)
      await new Promise(resolve => setImmediate(resolve))
      if (this.#busy > 0) return
    }
  }

  #rate(real: number): number {
    if (this.#busy > 0) {
      this.#idleSince = real
      return 1
    }
    return this.#held > 0 || real - this.#idleSince < FIRST_MS ? FIRST_RATE : IDLE_RATE
  }

  #next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) if (!first || timer.due < first.due) first = timer
    return first
  }
}

function once(work: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    work()
  }
}

/** Lets work that belongs to no browser (the road to the server, the tests' own) run by the real clock. */
export const outside = <T>(work: () => T): T => inside.exit(work)

export const realSleep = (ms: number) => new Promise<void>(resolve => own.setTimeout(resolve, ms))
export const realNow = own.performanceNow

/** Drives the clocks of all browsers of this process. Returns how to end that and to give the globals back. */
export function startClocks(clocks: ReadonlySet<Clock>): () => void {
  let isOver = false
  replaceGlobals()
  const loop = async () => {
    while (!isOver) {
      await realSleep(1)
      await Promise.all([...clocks].map(clock => clock.tick()))
    }
  }
  void outside(loop)
  return () => {
    isOver = true
    Object.assign(globalThis, { setTimeout: own.setTimeout, clearTimeout: own.clearTimeout, setInterval: own.setInterval, clearInterval: own.clearInterval })
    define(performance, 'now', own.performanceNow)
    define(Date, 'now', own.dateNow)
  }
}

type Callback = (...args: unknown[]) => void

function replaceGlobals(): void {
  const set = (repeats: boolean) => (callback: Callback, ms: unknown = 0, ...args: unknown[]) => {
    const clock = inside.getStore()
    if (!clock) return (repeats ? own.setInterval : own.setTimeout)(callback, ms as number, ...args)
    const wait = Math.max(1, Number(ms) || 0)
    return clock.later(wait, repeats ? wait : undefined, () => callback(...args))
  }
  const clear = (timer: unknown) => {
    if (timer instanceof Timer) timer.home.forget(timer)
    else own.clearTimeout(timer as number)
  }
  Object.assign(globalThis, { setTimeout: set(false), setInterval: set(true), clearTimeout: clear, clearInterval: clear })
  define(performance, 'now', () => inside.getStore()?.now ?? own.performanceNow())
  define(Date, 'now', () => inside.getStore()?.date ?? own.dateNow())
  for (const level of ['warn', 'error'] as const) {
    const say = console[level].bind(console)
    console[level] = (...words: unknown[]) => {
      const clock = inside.getStore()
      if (clock) clock.said.push(`${level}: ${words.map(String).join(' ')}`)
      else say(...words)
    }
  }
}

function define(target: object, name: string, value: () => number): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true })
}
