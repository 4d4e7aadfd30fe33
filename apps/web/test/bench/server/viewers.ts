import { randomUUID } from 'node:crypto'
import http from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { LightViewer } from '../../support/light-viewer'
import { until } from '../../support/wait'
import { SESSION_PASSWORD, type Stack } from '../../support/stack'
import { atLeast, atMost, percentile, type Measured } from '../figure'
import { makeCrowd, type Crowded } from './crowd'
import { DirectViewer } from './direct-viewer'
import { memoryOf, processorTimeOf, requestsToElectric } from './process'

/** What each browser watches: all of a company and its person's own. */
const SHAPES = ['user', 'memberships', 'company', 'members', 'groups', 'group-members', 'workspaces', 'folders', 'leads']
/** One write in so many ms, for so many; as many before them do not count. */
const WRITES = { everyMs: 50, count: 80, before: 10 }
/** So many first syncs at once. */
const AT_ONCE = 50
const SYNCS = 300
/** Two cores have four processes to share between them: thousands take minutes until each has its first line. */
const LIVE_WITHIN_MS = 300_000
/** A viewer that has been served nothing for this long is settled. */
const SETTLED_MS = 3_000

interface Viewer { readAll: () => Promise<number>, follow: () => Promise<void>, leave: () => void, isLive: boolean }

/** Runs the work over all, so many at once. */
async function inGroups<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const rest = [...all]
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let one = rest.pop(); one; one = rest.pop()) await work(one)
  }))
}

/** Writes into the companies by turns, and says how long each viewer of the company waited for each, in ms from the commit. */
class Delays {
  /** A name that was there before would be no change. */
  readonly #round = randomUUID()
  readonly #committed = new Map<string, number>()
  readonly #early = new Map<string, number[]>()
  readonly all: number[] = []

  /** A viewer has received a row. */
  readonly seen = (row: Record<string, string | null>): void => {
    const { name } = row
    if (!name?.startsWith('@')) return
    const now = performance.now()
    const at = this.#committed.get(name)
    if (at !== undefined) this.all.push(now - at)
    // The row may be here before the writer has heard that it is committed.
    else this.#early.set(name, [...this.#early.get(name) ?? [], now])
  }

  async write({ sql }: Stack, crowd: readonly Crowded[]): Promise<void> {
    const watched = crowd.filter(({ members }) => members.length > 0)
    let expected = 0
    for (let n = -WRITES.before; n < WRITES.count; n++) {
      const next = wait(WRITES.everyMs)
      const { folders, members } = watched[(n + WRITES.before) % watched.length] as Crowded
      const name = `${n < 0 ? '-' : '@'}${n} of ${this.#round}`
      await sql.query('update folders set name = $1 where id = $2', [name, folders[(n + WRITES.before) % folders.length]])
      const now = performance.now()
      this.#committed.set(name, now)
      for (const at of this.#early.get(name) ?? []) this.all.push(Math.max(0, at - now))
      if (n >= 0) expected += members.length
      await next
    }
    await until(`all ${expected} deliveries`, () => {
      if (this.all.length < expected) throw new Error(`${this.all.length} came`)
      return true
    }, { deadline: 60_000 })
    if (this.all.length !== expected) throw new Error(`${this.all.length} deliveries of ${expected}: some came twice`)
  }
}

/** So many viewers, made anew as often as it takes. */
function times<Made>(count: number, make: () => readonly Made[]): Made[] {
  const made: Made[] = []
  while (made.length < count) made.push(...make().slice(0, count - made.length))
  return made
}

/** How fast viewers get their first copy, a second; those of one kind after the other. */
async function syncRate(viewers: readonly Viewer[]): Promise<number> {
  const began = performance.now()
  await inGroups(viewers, viewer => viewer.readAll())
  return viewers.length / ((performance.now() - began) / 1000)
}

const many = (count: number) => count.toLocaleString('en')

/**
 * So many live viewers of so many companies: what the server needs for them, and what they wait, against asking Electric
 * directly. `metricsPort`: where the server, the first of the stack, tells its metrics.
 */
export async function viewers(stack: Stack, metricsPort: number, count: number, companies: number): Promise<Measured[]> {
  const said = `${many(count)} viewers of ${companies} ${companies === 1 ? 'company' : 'companies'}`
  const server = stack.serverPid(0)
  const crowd = await makeCrowd(stack.sql, count, companies, SESSION_PASSWORD)
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const open = new http.Agent({ keepAlive: true })
  const light = (delays: Delays, shapes: readonly string[], encoding: 'gzip' | 'identity' = 'gzip', by = open) => crowd.flatMap(({ company, members }) => members.map(member => new LightViewer({
    origin: stack.origin, ...member, company, shapes, keeps: false, agent: by, encoding, changed: (shape, row) => shape === 'folders' && delays.seen(row),
  })))
  const direct = (delays: Delays, by: http.Agent) => crowd.flatMap(({ company, members }) => members.map(() => new DirectViewer({ electric: stack.electric, company, agent: by, changed: delays.seen })))

  // Each shape is made once, before anything is measured.
  await inGroups(crowd, ({ company }) => new DirectViewer({ electric: stack.electric, company, agent }).readAll())
  const unheard = new Delays()
  // As Electric sends it: what compressing costs and saves is the line's matter. Each once before it counts: a server that
  // has just started is slower at first.
  const makers: Record<'direct' | 'ours', () => Viewer[]> = { direct: () => direct(unheard, agent), ours: () => light(unheard, ['folders'], 'identity', agent) }
  for (const make of Object.values(makers)) await syncRate(times(AT_ONCE, make))
  const rates = { direct: await syncRate(times(SYNCS, makers.direct)), ours: await syncRate(times(SYNCS, makers.ours)) }

  const live = async (make: (delays: Delays) => Viewer[], during: () => Promise<void>): Promise<{ delays: number[], processorMs: number }> => {
    const delays = new Delays()
    const all = make(delays)
    await inGroups(all, viewer => viewer.readAll())
    const running = all.map(viewer => viewer.follow())
    try {
      await until('all are live', () => all.every(viewer => viewer.isLive), { deadline: LIVE_WITHIN_MS })
      await wait(SETTLED_MS)
      await during()
      const before = processorTimeOf(server)
      await delays.write(stack, crowd)
      return { delays: delays.all, processorMs: processorTimeOf(server) - before }
    }
    finally {
      for (const viewer of all) viewer.leave()
      await Promise.allSettled(running)
    }
  }
  const before = memoryOf(server)
  let [memory, upstream] = [0, 0]
  const ours = await live(delays => light(delays, SHAPES), async () => {
    memory = memoryOf(server)
    upstream = await requestsToElectric(metricsPort)
  })
  const theirs = await live(delays => direct(delays, open), () => Promise.resolve())
  const p = (percent: number) => ({ value: percentile(ours.delays, percent), unit: 'ms', baseline: percentile(theirs.delays, percent) })
  const bounded = count === 1_000 && companies === 20
  return [
    { name: `${said}: commit to delivery, p50`, ...p(50), goal: atMost(Number((p(50).baseline + 3).toPrecision(3))) },
    { name: `${said}: commit to delivery, p95`, ...p(95) },
    { name: `${said}: commit to delivery, p99`, ...p(99) },
    { name: `${said}: first copies of ${500} folders`, value: rates.ours, unit: 'a second', baseline: rates.direct, goal: atLeast(0.8, 'ratio') },
    { name: `${said}: memory of the server`, value: memory, unit: 'MiB', ...(bounded && { goal: atMost(300) }) },
    { name: `${said}: memory a viewer`, value: (memory - before) * 1024 / count, unit: 'KiB' },
    { name: `${said}: processor of the server for a delivery`, value: ours.processorMs / ours.delays.length, unit: 'ms' },
    { name: `${said}: requests to Electric`, value: upstream, unit: '', ...(bounded && { goal: atMost(200) }) },
  ]
}
