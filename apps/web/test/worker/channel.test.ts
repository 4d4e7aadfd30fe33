import type { PGlite } from '@electric-sql/pglite'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { newPGlite } from '../support/new-pglite'
import { channelName, liveKey, tabLock, type FromLeader, type FromTab, type Question, type RowsPush } from '../../shared/protocol/leader'
import { LeaderChannel } from '../../worker/channel/channel'
import { createTables } from '../../worker/database/tables'
import { LiveReads } from '../../worker/reads/live-reads'
import { PreparedReads } from '../../worker/reads/prepared-reads'
import { company, folder, until } from './browser/visit'

/** Web Locks, which Node lacks: who asks waits until the holder lets go. */
class Locks {
  readonly #waiting = new Map<string, (() => void)[]>()
  request(name: string, _options: object, then: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(name, [...this.#waiting.get(name) ?? [], () => {
        then()
        resolve()
      }])
    })
  }

  /** What the browser does when the tab that held it is gone. */
  letGo(name: string): void {
    for (const go of this.#waiting.get(name) ?? []) go()
  }
}

/** A tab, as far as the channel goes: all that it is told, and what it says. */
class Tab {
  readonly heard: FromLeader[] = []
  readonly #channel = new BroadcastChannel(channelName('test'))
  constructor(readonly name: string) {
    this.#channel.onmessage = ({ data }: MessageEvent<FromLeader | FromTab>) => {
      if (data.to === 'tabs') this.heard.push(data)
    }
  }

  say(message: FromTab): void {
    this.#channel.postMessage(message)
  }

  subscribe(read: string, params: unknown[]): void {
    this.say({ to: 'leader', kind: 'subscribe', tab: this.name, read, params })
  }

  /** What it was told of a live read: to it alone, or to all. */
  pushes(read: string, params: unknown[]): { push: RowsPush, alone: boolean }[] {
    return this.heard.flatMap(one => one.kind === 'rows' && one.live === liveKey(read, params) && (one.tab ?? this.name) === this.name
      ? [{ push: one.push, alone: one.tab !== undefined }]
      : [])
  }

  close(): void {
    this.#channel.close()
  }
}

let pg: PGlite
let reads: LiveReads
let leader: LeaderChannel
let locks: Locks
let runs: number
let tabs: Tab[]
let answer: (question: Question) => Promise<object[]>
let isEnding: boolean
const tab = (name: string) => {
  const made = new Tab(name)
  tabs.push(made)
  return made
}
const TOP: [string, unknown[]] = ['folders-top', [company(1)]]
const of = (one: Tab) => one.pushes(...TOP)
const fill = (from: number, count: number) => pg.query(
  'INSERT INTO folders SELECT (jsonb_populate_recordset(NULL::folders, $1)).*', [JSON.stringify(Array.from({ length: count }, (_, n) => folder(from + n)))])

beforeAll(async () => {
  pg = await newPGlite()
  await createTables(pg)
  const execProtocol = pg.execProtocol.bind(pg)
  pg.execProtocol = (message, options) => {
    // What begins with Bind is the run of a statement that is prepared.
    if (String.fromCharCode(...message).startsWith('B') && String.fromCharCode(...message).includes('folders-top')) runs++
    return execProtocol(message, options)
  }
})
afterAll(() => pg.close())
beforeEach(async () => {
  locks = new Locks()
  vi.stubGlobal('navigator', { locks })
  await pg.exec('TRUNCATE folders')
  runs = 0
  tabs = []
  const prepared = new PreparedReads(pg)
  reads = new LiveReads(pg, undefined, (read, params) => isEnding ? Promise.reject(new Error('PGlite is closed')) : prepared.run(read, params))
  answer = async () => []
  isEnding = false
  leader = new LeaderChannel({ database: 'test', reads, answer: question => answer(question), isEnding: () => isEnding })
})
afterEach(() => {
  leader.close()
  for (const one of tabs) one.close()
  vi.unstubAllGlobals()
})

test('an equal read of two tabs runs once, and each change is said once for both', async () => {
  const [one, two] = [tab('one'), tab('two')]
  await fill(1, 20)
  one.subscribe(...TOP)
  two.subscribe(...TOP)
  await until(async () => of(two).length, found => found > 0)
  expect(runs).toBe(1)
  await fill(21, 1)
  reads.changed(['folders'], false)
  await until(async () => Math.min(of(one).length, of(two).length), found => found >= 2)
  expect(runs).toBe(2)
  // One message of the leader, not one a tab.
  expect(one.heard.filter(message => message.kind === 'rows' && message.tab === undefined)).toHaveLength(2)
})

test('a changed row of a long list travels alone, with the places of the others', async () => {
  const one = tab('one')
  await fill(1, 500)
  one.subscribe(...TOP)
  await until(async () => of(one).length, found => found === 1)
  await pg.query('UPDATE folders SET name = \'renamed\' WHERE id = $1', [folder(250).id])
  reads.changed(['folders'], false)
  await until(async () => of(one).length, found => found === 2)
  const { push } = of(one)[1]!
  expect(push).toMatchObject({ base: 1, version: 2 })
  expect('pieces' in push && push.pieces.flatMap(piece => 'rows' in piece ? piece.rows : [])).toMatchObject([{ name: 'renamed' }])
})

test('a tab that joins later, or asks again, gets the whole list, and it alone', async () => {
  const [one, two] = [tab('one'), tab('two')]
  await fill(1, 20)
  one.subscribe(...TOP)
  await until(async () => of(one).length, found => found === 1)
  two.subscribe(...TOP)
  await until(async () => of(two).filter(({ alone }) => alone).length, found => found === 1)
  expect(of(two).at(-1)?.push).toMatchObject({ version: 1, rows: { length: 20 } })
  expect(of(one)).toHaveLength(1)
  expect(runs).toBe(1)
})

test('a tab that is gone holds nothing any more: its reads stop, what it asked is not begun', async () => {
  const one = tab('one')
  one.subscribe(...TOP)
  await until(async () => of(one).length, found => found === 1)
  const asked: string[] = []
  let finish = () => {}
  answer = async (question) => {
    asked.push(question.kind === 'query' ? question.sql : '')
    await new Promise<void>((resolve) => { finish = resolve })
    return []
  }
  for (const [id, sql] of ['first', 'second'].entries()) one.say({ to: 'leader', kind: 'ask', tab: 'one', id, question: { kind: 'query', sql, params: [] } })
  await until(async () => asked.length, found => found === 1)
  await new Promise(resolve => setTimeout(resolve, 20))
  locks.letGo(tabLock('test', 'one'))
  finish()
  reads.changed(['folders'], false)
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(asked).toEqual(['first'])
  expect(runs).toBe(1)
})

test('a question that nobody waits for any more is not begun, and one that is no query waits for none', async () => {
  const one = tab('one')
  const asked: string[] = []
  let finish = () => {}
  answer = async (question) => {
    asked.push(question.kind)
    if (question.kind === 'query') await new Promise<void>((resolve) => { finish = resolve })
    return []
  }
  const query: Question = { kind: 'query', sql: 'SELECT 1', params: [] }
  one.say({ to: 'leader', kind: 'ask', tab: 'one', id: 1, question: query })
  one.say({ to: 'leader', kind: 'ask', tab: 'one', id: 2, question: query })
  one.say({ to: 'leader', kind: 'ask', tab: 'one', id: 3, question: { kind: 'hello', page: { version: 'mine', since: 1 } } })
  one.say({ to: 'leader', kind: 'forget', tab: 'one', id: 2 })
  await until(async () => asked.length, found => found === 2)
  await new Promise(resolve => setTimeout(resolve, 20))
  finish()
  await until(async () => one.heard.filter(({ kind }) => kind === 'answer').length, found => found === 2)
  expect(asked).toEqual(['query', 'hello'])
})

test('a statement that fails tells its SQLSTATE to who asked, and the next one is answered', async () => {
  const one = tab('one')
  answer = async question => (await pg.query<object>(question.kind === 'query' ? question.sql : '')).rows
  one.say({ to: 'leader', kind: 'ask', tab: 'one', id: 1, question: { kind: 'query', sql: 'SELECT 1/0', params: [] } })
  one.say({ to: 'leader', kind: 'ask', tab: 'one', id: 2, question: { kind: 'query', sql: 'SELECT 2 AS two', params: [] } })
  await until(async () => one.heard.filter(({ kind }) => kind === 'answer').length, found => found === 2)
  const answers = one.heard.filter(message => message.kind === 'answer')
  expect(answers).toMatchObject([{ id: 1, failure: { sqlstate: '22012' } }, { id: 2, rows: [{ two: 2 }] }])
})

test('what fails because the database is being closed is answered by its end, not as a query that failed', async () => {
  const one = tab('one')
  one.subscribe(...TOP)
  await until(async () => of(one).length, found => found === 1)
  answer = async () => {
    isEnding = true
    throw new Error('PGlite is closed')
  }
  one.say({ to: 'leader', kind: 'ask', tab: 'one', id: 1, question: { kind: 'query', sql: 'SELECT 1', params: [] } })
  one.say({ to: 'leader', kind: 'ask', tab: 'one', id: 2, question: { kind: 'purge' } })
  // What is no question to the database says that it failed: nothing else would.
  await until(async () => one.heard.filter(({ kind }) => kind === 'answer').length, found => found === 1)
  let ran = 0
  reads.subscribe('folders-top', [company(2)], () => ran++)
  reads.changed(['folders'], false)
  await until(async () => ran, times => times > 0)
  leader.end('wrong_user', 'Another person is signed in now.')
  await until(async () => one.heard.at(-1)?.kind, kind => kind === 'ended')
  expect(one.heard.filter(({ kind }) => kind === 'answer')).toMatchObject([{ id: 2, failure: { message: 'PGlite is closed' } }])
  expect(of(one)).toHaveLength(1)
})
