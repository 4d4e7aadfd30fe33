import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { channelName, liveKey, type FromLeader, type FromTab, type RowsPush } from '#shared/protocol/leader'
import { LeaderPort } from '~/utils/leader-port'
import { LIVE, PORT, QUESTION, type LiveEvent, type LiveState, type PortEvent, type PortState, type QuestionEvent, type QuestionState } from '~/utils/leader-states'
import { PGliteError } from '~/utils/pglite-error'

/** A real port whose lock and leader the test holds in its hand; `told` is all that came of it. */
class Bench {
  readonly told: string[] = []
  readonly port: LeaderPort
  readonly #leader: BroadcastChannel
  #locked = () => {}
  #epoch = 0

  constructor() {
    const database = crypto.randomUUID()
    vi.spyOn(navigator.locks, 'request').mockImplementation(((_name: string, work: () => Promise<void>) => {
      this.#locked = () => void work()
      return new Promise(() => {})
    }) as unknown as typeof navigator.locks.request)
    this.#leader = new BroadcastChannel(channelName(database))
    this.#leader.onmessage = ({ data }: MessageEvent<FromTab>) => { this.told.push(data.kind) }
    this.port = new LeaderPort(database, { version: 'mine', onLease: () => {}, onHeld: why => this.told.push(why ?? 'free'), onEnded: error => this.told.push(`ended-${error.code}`) })
  }

  say(message: FromLeader): void {
    this.#leader.postMessage(message)
  }

  lock(): void {
    this.#locked()
  }

  lead(isNew = true): void {
    this.say({ to: 'tabs', kind: 'lead', epoch: `${isNew ? ++this.#epoch : this.#epoch}` })
  }

  answer(id: number, failure?: { message: string }): void {
    this.say({ to: 'tabs', kind: 'answer', epoch: `${this.#epoch}`, tab: this.port.tab, id, rows: [], ...(failure && { failure }) })
  }

  push(push: RowsPush): void {
    this.say({ to: 'tabs', kind: 'rows', epoch: `${this.#epoch}`, live: LIVE_KEY, push })
  }

  /** What has come of it by now, since it was asked before. */
  async since(): Promise<string[]> {
    // Twice over the channel and back: whatever was sent before has been heard by then.
    for (let n = 0; n < 2; n++) await new Promise(resolve => setTimeout(resolve, 3))
    return this.told.splice(0)
  }

  close(): void {
    this.port.close(new PGliteError('closed'))
    this.#leader.close()
  }
}

const LIVE_KEY = liveKey('user', [])
let bench: Bench
beforeEach(() => { bench = new Bench() })
afterEach(() => {
  bench.close()
  vi.restoreAllMocks()
})
const cells = <State extends string, Event extends string>(table: Record<State, Record<Event, unknown>>) =>
  Object.entries<Record<Event, unknown>>(table).flatMap(([state, events]) => Object.keys(events).map(event => [state as State, event as Event] as const))

describe('the conversation with the leader, cell by cell', () => {
  const reach: Record<PortState, () => Promise<unknown>> = {
    locking: async () => {},
    waiting: async () => bench.lock(),
    held: async () => {
      bench.lock()
      bench.say({ to: 'tabs', kind: 'held' })
      await bench.since()
    },
    led: async () => {
      bench.lock()
      bench.lead()
      await bench.since()
    },
    over: async () => bench.port.close(new PGliteError('closed')),
  }
  const happens: Record<PortEvent, () => void> = {
    locked: () => bench.lock(),
    lead: () => bench.lead(),
    lead_again: () => bench.lead(false),
    held: () => bench.say({ to: 'tabs', kind: 'held' }),
    word: () => bench.answer(1),
    back: () => bench.port.again(),
    ended: () => bench.say({ to: 'tabs', kind: 'ended', reason: 'failed', message: '' }),
    closed: () => bench.port.close(new PGliteError('closed')),
  }
  /** One question is open all the time: `ask` is that it was said, `answered` and `rejected` what became of it. */
  const comes: Record<PortState, Partial<Record<PortEvent, string>>> = {
    locking: { locked: 'waiting ask', held: 'locking held', ended: 'over rejected ended-failed', closed: 'over rejected' },
    waiting: { lead: 'led free ask', held: 'held held', word: 'led answered', back: 'waiting ask', ended: 'over rejected ended-failed', closed: 'over rejected' },
    held: { lead: 'led free ask', word: 'led free answered', back: 'held ask', ended: 'over rejected ended-failed', closed: 'over rejected' },
    led: { lead: 'led free ask', held: 'held held', word: 'led answered', back: 'led ask', ended: 'over rejected ended-failed', closed: 'over rejected' },
    over: {},
  }
  // No leader says a second time what a tab has never heard.
  const possible = cells(PORT).filter(([state, event]) => !(event === 'lead_again' && (state === 'waiting' || state === 'held')))

  test.each(possible)('%s, %s', async (state, event) => {
    bench.port.ask({ kind: 'hello', page: { version: 'mine', since: 1 } }).then(() => bench.told.push('answered'), () => bench.told.push('rejected'))
    await reach[state]()
    await bench.since()
    happens[event]()
    const told = await bench.since()
    const expected = (comes[state][event] ?? state).split(' ')
    expect([bench.port.state, ...told].toSorted()).toEqual(expected.toSorted())
  })
})

describe('a question, cell by cell', () => {
  const reach: Record<QuestionState, () => Promise<unknown>> = {
    unsent: async () => {},
    sent: async () => {
      bench.lock()
      bench.lead()
      await bench.since()
    },
    settled: async () => {
      bench.lock()
      bench.lead()
      await bench.since()
      bench.answer(1)
      await bench.since()
    },
  }
  const comes: Record<'read' | 'purge', Record<QuestionState, Partial<Record<QuestionEvent, string>>>> = {
    read: {
      unsent: { say: 'ask', forgotten: 'cancelled', purged: 'purged', over: 'failed' },
      sent: { say: 'ask', answer: 'answered', failure: 'query_failed', forgotten: 'forget cancelled', purged: 'purged', over: 'failed' },
      settled: {},
    },
    purge: {
      unsent: { say: 'ask', purged: 'answered', over: 'failed' },
      sent: { say: 'ask', answer: 'answered', failure: 'query_failed', purged: 'answered', over: 'failed' },
      settled: {},
    },
  }
  describe.each(['read', 'purge'] as const)('a %s', (kind) => {
    test.each(cells(QUESTION[kind]))('%s, %s', async (state, event) => {
      const aborted = new AbortController()
      const happens: Record<QuestionEvent, () => void> = {
        say: () => state === 'unsent' ? bench.lock() : bench.lead(),
        answer: () => bench.answer(1),
        failure: () => bench.answer(1, { message: 'no' }),
        forgotten: () => aborted.abort(),
        purged: () => bench.say({ to: 'tabs', kind: 'ended', reason: 'purged', message: '' }),
        over: () => bench.say({ to: 'tabs', kind: 'ended', reason: 'failed', message: '' }),
      }
      bench.port.ask(kind === 'read' ? { kind: 'query', sql: 'SELECT 1', params: [] } : { kind: 'purge' }, aborted.signal)
        .then(() => bench.told.push('answered'), ({ code }: PGliteError) => bench.told.push(code))
      await reach[state]()
      await bench.since()
      happens[event]()
      const told = (await bench.since()).filter(word => !/^(?:ended|free|held)/.test(word))
      expect(told.toSorted()).toEqual((comes[kind][state][event]?.split(' ') ?? []).toSorted())
    })
  })

  test('nothing that happens to a leader or a page settles a write: its key does, in the journal', () => {
    for (const state of ['unsent', 'sent'] as const) {
      for (const event of ['forgotten', 'purged', 'over'] as const) expect(QUESTION.write[state][event]).toEqual(['settled', 'leave_to_journal'])
      expect(QUESTION.write[state].say).toEqual(['sent', 'post'])
    }
  })
})

describe('a live read, cell by cell', () => {
  const rows = (version: number): RowsPush => ({ version, rows: [{ id: version }] })
  const since = (base: number): RowsPush => ({ version: base + 1, base, pieces: [{ rows: [{ id: base + 1 }] }] })
  let leave = () => {}
  const reach: Record<LiveState, () => Promise<unknown>> = {
    unsent: async () => {},
    asked: async () => {
      bench.lock()
      bench.lead()
      await bench.since()
    },
    fed: async () => {
      await reach.asked()
      bench.push(rows(1))
      await bench.since()
    },
    done: async () => {
      await reach.fed()
      leave()
      await bench.since()
    },
  }
  const comes: Record<LiveState, Partial<Record<LiveEvent, string>>> = {
    unsent: { say: 'subscribe', over: 'failed' },
    asked: { say: 'subscribe', rows: 'row-5', failure: 'query_failed', left: 'unsubscribe', over: 'failed' },
    fed: { say: 'subscribe', rows: 'row-5', changes: 'row-2', strange_changes: 'subscribe', failure: 'query_failed', left: 'unsubscribe', over: 'failed' },
    done: {},
  }
  test.each(cells(LIVE))('%s, %s', async (state, event) => {
    const happens: Record<LiveEvent, () => void> = {
      say: () => state === 'unsent' ? bench.lock() : bench.lead(),
      rows: () => bench.push(rows(5)),
      changes: () => bench.push(since(1)),
      strange_changes: () => bench.push(since(7)),
      failure: () => bench.push({ version: 5, failure: { message: 'no' } }),
      left: () => leave(),
      over: () => bench.say({ to: 'tabs', kind: 'ended', reason: 'failed', message: '' }),
    }
    leave = bench.port.subscribe('user', [], { rows: list => list.forEach(row => bench.told.push(`row-${String((row as { id: number }).id)}`)), failed: error => bench.told.push(error.code) })
    await reach[state]()
    await bench.since()
    happens[event]()
    const told = (await bench.since()).filter(word => !/^(?:ended|free|held)/.test(word))
    expect(told).toEqual(comes[state][event]?.split(' ') ?? [])
  })

  test('changes of a leader that was not known are no changes of this list, whatever their number', async () => {
    bench.port.subscribe('user', [], { rows: () => bench.told.push('rows'), failed: () => {} })
    await reach.fed()
    await bench.since()
    bench.say({ to: 'tabs', kind: 'rows', epoch: 'another', live: LIVE_KEY, push: since(1) })
    expect(await bench.since()).toEqual(['free', 'subscribe'])
  })
})
