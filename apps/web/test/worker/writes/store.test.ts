import 'fake-indexeddb/auto'
import { readdirSync, readFileSync } from 'node:fs'
import { deleteDB, openDB } from 'idb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ENTRY_FORMAT } from '../../../shared/journal/entry'
import { Journal } from '../../../shared/journal/store'
import { answerBody } from '../../../shared/protocol/answers'
import { edit, folderId, key } from './rows'

/** The journal's rules, on an IndexedDB in Node; that a kill loses nothing is for the browsers (`e2e/writes`, `faults/real`). */
let name: string
let journal: Journal
beforeEach(async () => {
  name = `journal-${crypto.randomUUID()}`
  journal = await Journal.open(name)
})
afterEach(() => journal.close())

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
  expect(await journal.strip([mutation.id])).toHaveLength(1)
  expect(JSON.stringify(await journal.all())).not.toContain('theirs')
  expect(JSON.stringify(await journal.all())).toContain('mine')
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
