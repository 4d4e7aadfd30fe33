import type { PGlite } from '@electric-sql/pglite'
import { createShapeEngine } from '../../../worker/apply/engine'
import { isComplete } from '../../../worker/reads/completeness'
import { LiveReads, type ReadOutcome } from '../../../worker/reads/live-reads'
import { Sync } from '../../../worker/sync/sync'
import { Overlay } from '../../../worker/writes/overlay'
import { Writes } from '../../../worker/writes/writes'
import { Clock, realNow, realSleep } from './clock'
import { bringBack, keep, type Flushed } from './contents'
import { DeviceJournal } from './journal'
import { MortalDatabase, type Moment } from './mortal'
import { Network } from './network'
import type { Recorded } from './recorded'

export interface BrowserOptions {
  /** Lives on from leader to leader, and from story to story. */
  database: PGlite
  user: { id: string, cookie: string }
  strangersCookie: string
  /** Of the servers: requests go to them in turn. */
  origins: readonly string[]
  /** What was answered when the story was told before: then nobody else is asked. */
  told?: Recorded[]
  /** Named reads with their values that are on its screen. */
  shown: readonly Shown[]
  /** The clocks that are driven. */
  clocks: Set<Clock>
}

export type Shown = readonly [name: string, values: readonly unknown[]]

/** What one leader is made of; another one has all of it anew, but for the database. */
interface Leader {
  clock: Clock
  network: Network
  mortal: MortalDatabase
  /** Made when the database has answered once. */
  sync: Sync | undefined
  writes: Writes | undefined
  /** What each of the reads on the screen shows. */
  screen: (ReadOutcome | undefined)[]
}

/** A leader that was told to stop and has not after so long in real time never will. */
const STOP_MS = 5_000

/** A browser with one person's database: the worker's own sync, between a PGlite and a network that can fail. */
export class SimulatedBrowser {
  readonly database: PGlite
  readonly userId: string
  readonly record: Recorded[] = []
  /** Of the device: it outlives every leader. */
  readonly journal = new DeviceJournal()
  readonly #options: BrowserOptions
  #leader: Leader | undefined
  #said: string[] = []
  #count = 0
  #flushed: Flushed | undefined
  /** Why it closed its database by itself. */
  closedFor: 'wrong_user' | undefined
  leaders = 0

  constructor(options: BrowserOptions) {
    this.#options = options
    this.database = options.database
    this.userId = options.user.id
  }

  get leader(): Leader | undefined {
    return this.#leader
  }

  get said(): string[] {
    return [...this.#said, ...this.#leader?.clock.said ?? []]
  }

  /** A worker is elected and leads. */
  start(): void {
    if (this.#leader) return
    const { database, user, strangersCookie, origins, clocks, shown, told } = this.#options
    this.closedFor = undefined
    this.leaders++
    const clock = new Clock()
    const network = new Network({ clock, origins, cookie: user.cookie, strangersCookie, record: this.record, ...(told && { told }) })
    const mortal = new MortalDatabase(database, clock, () => {
      clock.stop()
      network.cutOff()
    })
    const leader: Leader = { clock, network, mortal, sync: undefined, writes: undefined, screen: shown.map(() => undefined) }
    clock.run(() => {
      const lead = async () => {
        const origin = `http://leader-${process.pid}-${user.id}-${++this.#count}.test`
        const writes = leader.writes = await Writes.open({ journal: this.journal, channel: this.journal.channel(clock), userId: user.id, origin, fetch: network.fetch, lock: held => held() })
        const overlay = await Overlay.open(mortal.pg, user.id)
        const engine = await createShapeEngine(mortal.pg, { around: overlay.around })
        const reads = new LiveReads(mortal.pg, (read, values) => isComplete(mortal.pg, sync, user.id, read, values))
        for (const [at, [name, values]] of shown.entries()) reads.subscribe(name, values, (outcome) => { leader.screen[at] = outcome })
        const sync: Sync = new Sync({
          pg: mortal.pg, engine, userId: user.id,
          fetch: network.fetch,
          // An address of its own: Electric's client remembers by address, and a new worker remembers nothing.
          origin,
          onChanged: (tables, filling) => {
            reads.changed(tables, filling)
            if (tables.some(table => table !== 'sync_status')) void writes.seen()
          },
          onReached: () => writes.wake(),
          onContact: () => writes.heard(),
          onEnded: company => void writes.ended(company),
          onHeld: () => {
            void writes.seen()
            void reads.heldChanged()
          },
          onWrongUser: () => {
            this.closedFor = 'wrong_user'
            void Promise.all([sync.stop(), writes.stop()])
          },
        })
        leader.sync = sync
        void writes.attach({
          overlay, horizon: { isKnown: () => sync.memberships !== undefined, holds: company => sync.holds(company), isLive: company => sync.isLive(company) },
          onChanged: tables => reads.changed(tables, false),
        })
        return sync.start()
      }
      lead().catch((error: unknown) => clock.said.push(`could not start: ${String(error)}`))
    })
    this.#leader = leader
    clocks.add(clock)
  }

  /** Reads that show something else than the database holds, or do not know that it is whole. */
  async stale(): Promise<string[]> {
    const { screen } = this.#leader ?? {}
    const fresh = new LiveReads(this.database)
    // While a company of theirs is deleted a list over all companies is never said to be whole.
    const { rows: [deleted] } = await this.database.query<{ some: boolean }>('select exists (select from memberships m where not exists (select from companies c where c.id = m.company_id)) as some')
    const found: string[] = []
    for (const [at, [name, values]] of this.#options.shown.entries()) {
      const [now, seen] = [await fresh.once(name, values), screen?.[at]]
      const text = (outcome: ReadOutcome | undefined) => JSON.stringify(outcome && 'rows' in outcome ? outcome.rows : outcome)
      if (text(now) !== text(seen)) found.push(`${name} shows ${text(seen)}, and there is ${text(now)}`)
      else if (seen && 'rows' in seen && seen.rows.length > 0 && !seen.complete && !(name === 'companies' && deleted?.some)) found.push(`${name} is whole and is not said to be`)
    }
    return found
  }

  /** The worker is killed at the `count`-th statement from now on. */
  killAt(count: number, moment: Moment, says?: string): void {
    this.#leader?.mortal.dieAt(count, moment, says)
  }

  /** Where the leader has died, or closed its database by itself: it goes, and the next one leads. */
  async revive(): Promise<void> {
    if (this.#leader?.clock.isStopped) await this.kill()
    else if (this.closedFor) await this.close()
    this.start()
  }

  /** The worker is killed now. Resolves when its database is free. */
  async kill(): Promise<void> {
    const leader = this.#leader
    if (!leader) return
    await leader.mortal.kill()
    this.#forget(leader)
  }

  /** What is committed until now survives a power cut. */
  async flush(): Promise<void> {
    this.journal.flush()
    this.#flushed = await keep(this.database) ?? this.#flushed
  }

  /** The power goes, and with it what was committed after the last flush. */
  async cutPower(): Promise<void> {
    await this.kill()
    this.journal.cutPower()
    if (this.#flushed) await bringBack(this.database, this.#flushed)
  }

  /** The worker ends in order. @throws where it does not come to an end */
  async close(): Promise<void> {
    const leader = this.#leader
    if (!leader) return
    const { sync, writes } = leader
    if (leader.clock.isStopped || !sync || !writes) return this.kill()
    let isStopped = false
    void leader.clock.run(() => Promise.all([writes.stop(), sync.stop()])).then(() => { isStopped = true })
    const end = realNow() + STOP_MS
    while (!isStopped && !leader.clock.isStopped && realNow() < end) await realSleep(1)
    if (!isStopped && !leader.clock.isStopped) throw new Error('the sync did not come to its end')
    await leader.mortal.kill()
    this.#forget(leader)
  }

  #forget(leader: Leader): void {
    leader.clock.stop()
    this.#options.clocks.delete(leader.clock)
    this.#said.push(...leader.clock.said)
    this.#leader = undefined
  }
}
