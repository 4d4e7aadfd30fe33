import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { JournalEntry } from '../../../shared/journal/entry'
import { answerBody } from '../../../shared/protocol/answers'
import type { MutationEntry, MutationResult } from '../../../shared/protocol/mutations'
import type { Sent } from '../../../worker/writes/send'
import { Uploader } from '../../../worker/writes/uploader'
import { entry } from './entries'
import { folderId, workspaceId } from './rows'

let entries: JournalEntry[]
/** What each request carried, and how it is answered. */
let requests: { names: string[], answer: (sent: Sent) => void, mutations: readonly MutationEntry[] }[]
let uploader: Uploader

const rename = (n: number, name = `n${n}`) => entry('folder.rename', { id: folderId(n), name })
const create = (n: number, parent?: number) => entry('folder.create', { id: folderId(n), workspace_id: workspaceId(1), parent_id: parent === undefined ? null : folderId(parent), name: `n${n}` })
const applied = ({ id }: MutationEntry): MutationResult => ({ id, status: 'applied', txid: 1, rows: [] })
const refused = ({ id }: MutationEntry): MutationResult => ({ ...answerBody('not_found'), id, status: 'refused' })
const undecided = ({ id }: MutationEntry): MutationResult => ({ ...answerBody('too_slow'), id, status: 'undecided' })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  requests = []
  entries = []
  uploader = new Uploader({
    entries: () => entries,
    send: mutations => new Promise((answer) => { requests.push({ names: mutations.map(({ input }) => String(input.name)), answer, mutations }) }),
    decided(results) {
      const states = new Map(results.map(({ id, status }) => [id, status === 'applied' ? 'done' as const : 'refused' as const]))
      entries = entries.map(one => ({ ...one, state: states.get(one.mutation.id) ?? one.state }))
      return Promise.resolve()
    },
  })
})
afterEach(() => {
  uploader.stop()
  vi.useRealTimers()
})
const settle = () => vi.advanceTimersByTimeAsync(0)
const answer = async (place: number, by: (mutation: MutationEntry) => MutationResult = applied) => {
  const request = requests[place]
  request?.answer({ kind: 'answered', results: request.mutations.map(by) })
  await settle()
}
const sent = () => requests.map(({ names }) => names.join(','))

test('what is independent goes in one request, and what was noted meanwhile in the next one beside it', async () => {
  entries = [rename(1), rename(2)]
  uploader.look()
  entries = [...entries, rename(3)]
  uploader.look()
  expect(sent()).toEqual(['n1,n2', 'n3'])
  await answer(0)
  await answer(1)
  expect(entries.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
  expect(uploader.state).toBe('idle')
})

test('what is made in something new goes when that is there, and never where it was refused', async () => {
  entries = [create(1), create(2, 1), create(3)]
  uploader.look()
  expect(sent()).toEqual(['n1,n3'])
  await answer(0, mutation => mutation.input.name === 'n1' ? refused(mutation) : applied(mutation))
  expect(sent()).toHaveLength(1)
  expect(entries.map(({ state }) => state)).toEqual(['refused', 'waiting', 'done'])
})

test('one that the server can say nothing of is asked again later, and holds up nobody', async () => {
  entries = [rename(1), rename(2)]
  uploader.look()
  await answer(0, mutation => mutation.input.name === 'n1' ? undecided(mutation) : applied(mutation))
  entries = [...entries, rename(3)]
  uploader.look()
  expect(sent()).toEqual(['n1,n2', 'n3'])
  await answer(1)
  await vi.advanceTimersByTimeAsync(6_000)
  expect(sent()[2]).toBe('n1')
  await answer(2)
  expect(uploader.state).toBe('idle')
})

test('edits in order that were put off are asked again in their order, whichever is due first', async () => {
  for (let round = 0; round < 6; round++) {
    requests = []
    const folder = folderId(round)
    entries = [entry('folder.rename', { id: folder, name: 'n1' }), entry('folder.describe', { id: folder, description: 'd' })]
    uploader.look()
    await answer(0, undecided)
    await vi.advanceTimersByTimeAsync(12_000)
    expect(requests.length).toBeGreaterThan(1)
    for (let place = 1; place < requests.length; place++) await answer(place)
    await vi.advanceTimersByTimeAsync(12_000)
    for (let place = 1; place < requests.length; place++) await answer(place)
    expect(entries.map(({ state }) => state)).toEqual(['done', 'done'])
  }
})

test('a lost answer is asked for again with the same keys, after waits that grow to a minute', async () => {
  entries = [rename(1)]
  uploader.look()
  const waits: number[] = []
  for (let attempt = 0; attempt < 10; attempt++) {
    requests[attempt]?.answer({ kind: 'failed', atLeast: 0 })
    await settle()
    expect(uploader.state).toBe('pausing')
    const began = performance.now()
    while (requests.length === attempt + 1) await vi.advanceTimersByTimeAsync(50)
    waits.push(performance.now() - began)
  }
  expect(new Set(requests.map(({ mutations: [mutation] }) => mutation?.id)).size).toBe(1)
  expect(Math.max(...waits)).toBeLessThanOrEqual(60_100)
  expect(Math.max(...waits.slice(-3))).toBeGreaterThan(5_000)
})

test('a server that asks for patience is given it', async () => {
  entries = [rename(1)]
  uploader.look()
  requests[0]?.answer({ kind: 'failed', atLeast: 120_000 })
  await vi.advanceTimersByTimeAsync(119_000)
  expect(requests).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(requests).toHaveLength(2)
})

test('a session that is over parks everything without asking again, until somebody signs in', async () => {
  entries = [rename(1)]
  uploader.look()
  requests[0]?.answer({ kind: 'signed_out' })
  await vi.advanceTimersByTimeAsync(600_000)
  expect([uploader.state, requests.length]).toEqual(['parked', 1])
  uploader.wake()
  expect(requests).toHaveLength(2)
})

test('a request that is refused as a whole is taken apart, and only the edit that makes it so is refused', async () => {
  entries = [rename(1), rename(2), rename(3)]
  uploader.look()
  requests[0]?.answer({ kind: 'unfit', answer: answerBody('too_large') })
  await settle()
  expect(sent()).toEqual(['n1,n2,n3', 'n1', 'n2', 'n3'])
  await answer(1)
  requests[2]?.answer({ kind: 'unfit', answer: answerBody('too_large') })
  await settle()
  await answer(3)
  expect(entries.map(({ state }) => state)).toEqual(['done', 'refused', 'done'])
})

test('a great many go in requests of a hundred, three at a time, in order where they hang together', async () => {
  entries = Array.from({ length: 450 }, (_, n) => rename(n))
  uploader.look()
  expect(requests.map(({ names }) => names.length)).toEqual([100, 100, 100])
  await answer(1)
  expect(requests).toHaveLength(4)
  for (const place of [0, 2, 3, 4]) await answer(place)
  expect(entries.every(({ state }) => state === 'done')).toBe(true)
})

test('moves of one company never go beside each other', async () => {
  entries = Array.from({ length: 150 }, (_, n) => entry('folder.move', { ids: [folderId(n)], workspace_id: workspaceId(1), parent_id: null }))
  uploader.look()
  expect(requests.map(({ mutations }) => mutations.length)).toEqual([100])
  await answer(0)
  expect(requests.map(({ mutations }) => mutations.length)).toEqual([100, 50])
})

test('what could not be noted of an answer is asked for again', async () => {
  const first = rename(1)
  entries = [first]
  let isFull = true
  uploader = new Uploader({
    entries: () => entries,
    send: mutations => new Promise((answer) => { requests.push({ names: [], answer, mutations }) }),
    decided() {
      if (isFull) return Promise.reject(new DOMException('full', 'QuotaExceededError'))
      entries = [{ ...first, state: 'done' }]
      return Promise.resolve()
    },
  })
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  uploader.look()
  await answer(0)
  isFull = false
  await vi.advanceTimersByTimeAsync(6_000)
  await answer(1)
  expect(entries[0]?.state).toBe('done')
  vi.restoreAllMocks()
})
