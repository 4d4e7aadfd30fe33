import 'fake-indexeddb/auto'
import { readdirSync, readFileSync } from 'node:fs'
import { deleteDB, openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { ENTRY_FORMAT } from '../../../shared/journal/entry'
import { Journal } from '../../../shared/journal/store'
import { answerBody } from '../../../shared/protocol/answers'
import { keptName } from '../../../shared/protocol/device'
import { Locks } from '../../support/locks'
import { standOpfs } from '../../support/opfs'
import { edit, folderId, key } from './rows'

/** The journal's rules, on an IndexedDB in Node; that a kill loses nothing is for the browsers (`e2e/writes`, `faults/real`). */
let name: string
let journal: Journal
let files: ReturnType<typeof standOpfs>
beforeEach(async () => {
  vi.stubGlobal('navigator', {})
  vi.stubGlobal('FileSystemFileHandle', class { createWritable() {} })
  files = standOpfs()
  name = `journal-${crypto.randomUUID()}`
  journal = await Journal.open(name)
})
afterEach(() => {
  journal.close()
  vi.unstubAllGlobals()
})

const made = (text: string, n = 1) => ({ ...edit('folder.rename', { id: folderId(n), name: text }), about: '' })
const states = async () => (await journal.all()).map(({ mutation, state }) => `${String(mutation.input.name)}: ${state}`)

test('edits of several tabs have one order, and are all there when it is opened again', async () => {
  const other = await Journal.open(name)
  await journal.append([made('a')])
  await other.append([made('b'), made('c')])
  await journal.append([made('d')])
  journal.close()
  other.close()
  journal = await Journal.open(name)
  expect(await states()).toEqual(['a: waiting', 'b: waiting', 'c: waiting', 'd: waiting'])
})

test('an edit is in the browser\'s hands, its commit too, before the task ends in which it is made', async () => {
  const [add, commit] = [vi.spyOn(IDBObjectStore.prototype, 'add'), vi.spyOn(IDBTransaction.prototype, 'commit')]
  const noting = journal.append([made('a'), made('b')])
  // What is due in this task runs before the next one.
  await new Promise(resolve => setImmediate(resolve))
  const asked = [add.mock.calls.length, commit.mock.calls.length]
  vi.restoreAllMocks()
  expect(asked).toEqual([2, 1])
  await noting
  expect(await states()).toEqual(['a: waiting', 'b: waiting'])
})

test('an edit that is noted twice, as after a lost answer, is one', async () => {
  const twice = made('a')
  const [first] = await journal.append([twice])
  expect(await journal.append([twice])).toEqual([first])
  expect(await states()).toEqual(['a: waiting'])
})

test('of edits that are noted together all are there or none', async () => {
  const broken = { ...made('b'), mutation: { ...made('b').mutation, input: { run: () => {} } } }
  await expect(journal.append([made('a'), broken as never])).rejects.toThrow()
  expect(await states()).toEqual([])
})

test('what was decided stays so, whatever a late answer says', async () => {
  const [a, b] = await journal.append([made('a'), made('b')])
  const tell = (event: 'applied' | 'refused' | 'seen' | 'in_conflict', entry = a) => journal.tell([{ id: entry?.mutation.id ?? '', event, decision: { rows: [] } }], 7)
  expect(await tell('applied')).toMatchObject([{ state: 'applied', decidedAt: 7 }])
  expect(await tell('refused')).toEqual([])
  await tell('in_conflict', b)
  expect(await tell('applied', b)).toEqual([])
  await tell('seen')
  expect(await states()).toEqual(['a: done', 'b: conflict'])
})

test('what is sent again stands where it stood, under another key, and only once', async () => {
  const [a, b] = await journal.append([made('a'), made('b')])
  await journal.tell([{ id: a?.mutation.id ?? '', event: 'refused' }], 1)
  const again = made('again')
  expect(await journal.resend(a?.mutation.id ?? '', again)).toMatchObject({ seq: a?.seq, state: 'waiting', mutation: { id: again.mutation.id } })
  expect(await journal.resend(a?.mutation.id ?? '', made('twice'))).toBeUndefined()
  expect(await journal.resend(b?.mutation.id ?? '', made('not refused'))).toBeUndefined()
  expect(await states()).toEqual(['again: waiting', 'b: waiting'])
})

test('only what may go is taken out', async () => {
  const [a, b] = await journal.append([made('a'), made('b')])
  await journal.tell([{ id: a?.mutation.id ?? '', event: 'refused' }], 1)
  expect(await journal.remove([a, b].map(entry => entry?.mutation.id ?? ''), ({ state }) => state !== 'waiting')).toEqual([a?.mutation.id])
  expect(await states()).toEqual(['b: waiting'])
})

test('a journal that somebody deletes, as by a sign-out in another tab, keeps nobody waiting and takes the next edit', async () => {
  await journal.append([made('a')])
  await deleteDB(name, { blocked: () => expect.unreachable('the connection was not given up') })
  await journal.append([made('b')])
  expect(await states()).toEqual(['b: waiting'])
})

test('a late answer makes no journal anew for who has left', async () => {
  await journal.append([made('a')])
  const late = await Journal.open(name)
  late.close()
  await deleteDB(name, { blocked: () => expect.unreachable('the connection was not given up') })
  await expect(late.tell([{ id: key(1), event: 'refused' }], 1)).rejects.toThrow('closed')
  await expect(late.append([made('b')])).rejects.toThrow('closed')
  expect((await indexedDB.databases()).map(database => database.name)).not.toContain(name)
})

test('what others wrote goes out of an edit, and what was typed stays', async () => {
  const { mutation, at } = edit('folder.rename', { id: folderId(1), name: 'mine' }, { base: { name: 'theirs before' } })
  await journal.append([{ mutation, at, about: 'theirs before' }])
  await journal.tell([{ id: mutation.id, event: 'in_conflict', decision: { answer: answerBody('conflict', { theirs: { name: 'theirs' } }) } }], 1)
  expect((await journal.erase({ foreign: [mutation.id, key(1)] })).stripped).toHaveLength(1)
  expect((await journal.erase({ foreign: [mutation.id] })).stripped, 'nothing is left to take out').toHaveLength(0)
  expect(JSON.stringify(await journal.all())).not.toContain('theirs')
  expect(JSON.stringify(await journal.all())).toContain('mine')
})

test('an erasure keeps the order of what stays, what a later version noted, and the place of what comes next', async () => {
  const raw = await openDB(name)
  const later = { format: ENTRY_FORMAT + 1, mutation: { id: key(1), of: 'another kind' }, body: 'kept' }
  raw.addEventListener('versionchange', () => raw.close())
  const edits = await journal.append([made('a'), made('b'), made('c')])
  await raw.add('entries', later)
  const other = await Journal.open(name)
  expect(await journal.erase({ whole: [edits[1]?.mutation.id ?? '', key(1)] })).toEqual({ gone: [edits[1]?.mutation.id], stripped: [] })
  await other.append([made('d')])
  expect(await states()).toEqual(['a: waiting', 'c: waiting', 'd: waiting'])
  expect(await journal.count()).toBe(4)
  expect((await indexedDB.databases()).map(database => database.name).filter(there => there?.startsWith(name))).toEqual([name])
  other.close()
})

test('an edit that another tab notes while the journal is made anew is there after it, and one whose page is left in that moment was written at once', async () => {
  const [a] = await journal.append([{ ...made('a'), about: 'theirs' }])
  const other = await Journal.open(name)
  const locks = new Locks()
  Object.defineProperty(navigator, 'locks', { value: locks })
  // Between what is read and what is deleted.
  const write = vi.spyOn(files, 'getFileHandle')
  let noting: Promise<unknown> | undefined
  write.mockImplementationOnce((...args) => {
    noting = other.append([made('b')])
    write.mockRestore()
    return files.getFileHandle(...args)
  })
  await journal.erase({ foreign: [a?.mutation.id ?? ''] })
  await noting
  expect(await states()).toEqual(['a: waiting', 'b: waiting'])
  // Somebody has the lock, and the page will not be there when it is free.
  let last: Promise<unknown> | undefined
  await locks.request(`journal:${name}`, async () => {
    last = other.append([made('c')])
    await vi.waitFor(async () => {
      const raw = await openDB(name)
      const noted = await raw.count('entries')
      raw.close()
      expect(noted).toBe(3)
    })
  })
  await last
  other.close()
})

test('the place of what was erased last is given to no other edit', async () => {
  const [, last] = await journal.append([made('a'), made('b')])
  await journal.erase({ whole: [last?.mutation.id ?? ''] })
  expect((await journal.append([made('c')]))[0]?.seq).toBeGreaterThan(last?.seq ?? Infinity)
})

test('an empty database in the journal\'s place, as whoever looks for one leaves it, costs no edit', async () => {
  const { mutation, at } = edit('folder.rename', { id: folderId(1), name: 'mine' }, { base: { name: 'theirs' } })
  await journal.append([made('a'), { mutation, at, about: 'theirs' }])
  const real = indexedDB.deleteDatabase.bind(indexedDB)
  let isThere = false
  vi.spyOn(indexedDB, 'deleteDatabase').mockImplementation((which) => {
    const request = real(which)
    // As soon as it is gone, and before the journal is made anew.
    if (which === name && !isThere) request.addEventListener('success', () => void openDB(name).then(empty => empty.close()))
    isThere ||= which === name
    return request
  })
  await journal.erase({ foreign: [mutation.id] })
  vi.restoreAllMocks()
  await journal.append([made('b')])
  expect(await states()).toEqual(['a: waiting', 'mine: waiting', 'b: waiting'])
})

/** What a kill leaves of a step is the same as what is left of one that the browser refuses and that nobody mends. */
function dieAt(step: number): { calls: () => number } {
  let calls = 0
  function mortal<T extends object>(of: T, method: keyof T & string) {
    const real = (of[method] as (...args: unknown[]) => never).bind(of)
    vi.spyOn(of, method as never).mockImplementation(((...args: unknown[]) => {
      calls++
      if (calls >= step) throw new DOMException('killed', 'AbortError')
      return real(...args)
    }) as never)
  }
  for (const method of ['open', 'deleteDatabase', 'databases'] as const) mortal(indexedDB, method)
  for (const method of ['getFileHandle', 'removeEntry'] as const) mortal(files, method)
  return { calls: () => calls }
}

describe('an erasure that is killed', () => {
  const texts = ['a: waiting', 'mine: waiting', 'b: waiting']

  /** Kills one at a step. Out: what is to be erased, and whether it had come to its end before. */
  async function killed(step: number): Promise<{ id: string, isDone: boolean }> {
    name = `journal-${crypto.randomUUID()}`
    journal = await Journal.open(name)
    const { mutation, at } = edit('folder.rename', { id: folderId(1), name: 'mine' }, { base: { name: 'theirs' } })
    await journal.append([made('a'), { mutation, at, about: 'theirs' }, made('b')])
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const dying = dieAt(step)
    const isDone = await journal.erase({ foreign: [mutation.id] }).then(() => dying.calls() < step, () => false)
    vi.restoreAllMocks()
    journal.close()
    return { id: mutation.id, isDone }
  }

  test('at any of its steps loses no edit, and the next one comes to its end', async () => {
    let step = 1
    for (let isOver = false; !isOver; step++) {
      const { id, isDone } = await killed(step)
      journal = await Journal.open(name)
      await journal.append([made('after')])
      expect(await states(), `killed at step ${step}`).toEqual([...texts, 'after: waiting'])
      await journal.erase({ foreign: [id] })
      expect(JSON.stringify(await journal.all())).not.toContain('theirs')
      expect(await states()).toEqual([...texts, 'after: waiting'])
      journal.close()
      isOver = isDone
    }
    // The file beside, the deletion with what is swept around it, and the journal anew: none of them was passed over.
    expect(step).toBeGreaterThan(10)
  })

  test.each(['at the next start', 'at the start after that', 'at the start after that, before which somebody edited'])('loses no edit where the browser finds out that it can read none of its databases (%s)', async (when) => {
    let kept = 0
    for (let step = 1, isOver = false; !isOver; step++) {
      const { id, isDone } = await killed(step)
      const isKept = files.files.has(keptName(name)) && files.files.get(keptName(name)) !== ''
      const noted: string[] = []
      if (when !== 'at the next start') {
        journal = await Journal.open(name)
        // As the leader does that finds what was not erased.
        await journal.erase({ foreign: [id] })
        if (when.includes('edited')) noted.push(...(await journal.append([made('since')])).map(() => 'since: waiting'))
        journal.close()
      }
      if (isKept) {
        kept++
        await deleteDB(name)
      }
      journal = await Journal.open(name)
      expect(await states(), `killed at step ${step}`).toEqual([...texts, ...noted])
      journal.close()
      isOver = isDone
    }
    expect(kept).toBeGreaterThan(5)
  })

  test('keeps nothing beside that an erasure since was to take', async () => {
    let step = 1
    do await killed(step++)
    while (!files.files.get(keptName(name)))
    journal = await Journal.open(name)
    const { mutation, at } = edit('folder.rename', { id: folderId(2), name: 'mine too' }, { base: { name: 'of a colleague' } })
    await journal.append([{ mutation, at, about: '' }])
    expect(files.files.get(keptName(name))).toContain('of a colleague')
    await journal.remove([mutation.id])
    await journal.erase({ foreign: [mutation.id] })
    expect(files.files.get(keptName(name))).not.toContain('of a colleague')
  })

  test('leaves what is kept beside for a day, and no longer', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => { vi.useRealTimers() })
    let step = 1
    do await killed(step++)
    while (!files.files.get(keptName(name)))
    // A weekend: what counts is the first start after it.
    vi.advanceTimersByTime(3 * 86_400_000)
    ;(await Journal.open(name)).close()
    vi.advanceTimersByTime(86_000_000)
    ;(await Journal.open(name)).close()
    expect(files.files.has(keptName(name))).toBe(true)
    vi.advanceTimersByTime(500_000)
    journal = await Journal.open(name)
    expect(await states()).toEqual(texts)
    expect(files.files.has(keptName(name))).toBe(false)
  })
})

test('a browser without files of its own changes the entries where they are', async () => {
  vi.stubGlobal('FileSystemFileHandle', undefined)
  const [a, b] = await journal.append([{ ...made('a'), about: 'theirs' }, made('b')])
  expect(await journal.erase({ foreign: [a?.mutation.id ?? ''], whole: [b?.mutation.id ?? ''] })).toMatchObject({ gone: [b?.mutation.id], stripped: [{ about: '' }] })
  expect(await states()).toEqual(['a: waiting'])
  expect(JSON.stringify(await journal.all())).not.toContain('theirs')
})

test('an entry of a later version of the app is left as it is, and comes out with that version', async () => {
  const raw = await openDB(name)
  const later = { format: ENTRY_FORMAT + 1, mutation: { id: key(1), of: 'another kind' }, body: 'kept' }
  await raw.add('entries', later)
  await journal.append([made('a')])
  expect(await states()).toEqual(['a: waiting'])
  await journal.tell([{ id: key(1), event: 'refused' }], 1)
  await journal.remove([key(1)])
  expect(await raw.getAll('entries')).toMatchObject([later, {}])
  raw.close()
})

const formats = readdirSync(new URL('formats/', import.meta.url))
test.each(formats)('entries as format %s wrote them are read whole', async (file) => {
  const kept = JSON.parse(readFileSync(new URL(`formats/${file}`, import.meta.url), 'utf8')) as object[]
  const raw = await openDB(name)
  for (const entry of kept) await raw.add('entries', entry)
  raw.close()
  expect(await journal.all()).toEqual(kept)
})
test('each format that was ever written has its fixture', () => {
  expect(formats).toEqual(Array.from({ length: ENTRY_FORMAT }, (_, n) => `${n + 1}.json`))
})
