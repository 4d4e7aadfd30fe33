import type { PGlite } from '@electric-sql/pglite'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { answerBody } from '../../../shared/protocol/answers'
import type { MutationResult, MutationsAnswer } from '../../../shared/protocol/mutations'
import { liftAll, Overlay } from '../../../worker/writes/overlay'
import { Writes, type WritesOptions } from '../../../worker/writes/writes'
import { Clock } from '../../faults/browser/clock'
import { DeviceJournal } from '../../faults/browser/journal'
import { COMPANY, edit, filledDatabase, folderId, ME, tree, workspaceId } from './rows'

/** The leader's part of writing, with the journal of a simulated device and a server that the test plays. */
let pg: PGlite
let journal: DeviceJournal
let writes: Writes
let changed: string[][]
let answer: (id: string, name: string) => MutationResult | undefined
let asked: string[]
let isLive: boolean
let isHere: boolean

beforeAll(async () => {
  pg = await filledDatabase()
})
afterAll(() => pg.close())
beforeEach(async () => {
  journal = new DeviceJournal()
  changed = []
  asked = []
  isLive = true
  isHere = true
  answer = id => ({ id, status: 'applied', txid: 1, rows: [] })
  writes = await start()
})
afterEach(async () => {
  await writes.stop()
  await pg.transaction(tx => liftAll(tx))
  vi.useRealTimers()
})

const server: typeof fetch = (_, init) => {
  const { mutations } = JSON.parse(String(init?.body)) as { mutations: { id: string, name: string }[] }
  asked.push(...mutations.map(({ name }) => name))
  const results = mutations.map(({ id, name }) => answer(id, name))
  if (results.some(result => !result)) return Promise.reject(new TypeError('offline'))
  return Promise.resolve(new Response(JSON.stringify({ results } as MutationsAnswer)))
}
async function start(more: Partial<WritesOptions> = {}): Promise<Writes> {
  const made = await Writes.open({ journal, channel: journal.channel(new Clock()), userId: ME, origin: '', fetch: server, lock: held => held(), ...more })
  await made.attach({
    overlay: await Overlay.open(pg, ME), horizon: { isKnown: () => true, holds: () => isHere, isLive: () => isLive },
    onChanged: tables => changed.push([...tables]),
  })
  return made
}
const make = (name: string, input: Record<string, unknown>) => journal.edit({ ...edit(name, input), about: '' })
const rename = (n: number, name: string) => make('folder.rename', { id: folderId(n), name })
const shows = (line: string) => vi.waitFor(async () => expect(await tree(pg)).toContain(line), { timeout: 5_000 })
const states = () => journal.entries.map(({ state }) => state).join(' ')
const become = (what: string) => vi.waitFor(() => expect(states()).toBe(what), { timeout: 5_000 })
const offline = () => { answer = () => undefined }
const row = (n: number, version: number) => ({ entity: 'folders' as const, id: folderId(n), row_version: version })

test('an edit is on the screen and goes out; what the server’s rows do not show yet stays laid over them', async () => {
  answer = id => ({ id, status: 'applied', txid: 1, rows: [row(1, 8)] })
  await rename(1, 'mine')
  await shows('1: mine')
  await become('applied')
  expect(await tree(pg)).toContain('1: mine')
  expect(changed).toContainEqual(['folders'])
  await pg.query(`UPDATE overlay.folders SET name = 'mine', row_version = 8 WHERE id = $1`, [folderId(1)])
  await writes.seen()
  await become('done')
  expect(await tree(pg)).toContain('1: mine')
  expect((await pg.query('SELECT * FROM overlay.folders')).rows).toEqual([])
  await pg.query(`UPDATE folders SET name = 'folder 1', row_version = 7 WHERE id = $1`, [folderId(1)])
})

test('an edit that is refused goes off the screen and stays in the journal with its reason, and what hangs on it with it', async () => {
  offline()
  await make('folder.create', { id: folderId(9), workspace_id: workspaceId(1), parent_id: null, name: 'new' })
  await make('folder.create', { id: folderId(10), workspace_id: workspaceId(1), parent_id: folderId(9), name: 'in it' })
  await rename(4, 'another')
  await shows('10: in it in 9')
  answer = (id, name) => name === 'folder.create' ? { ...answerBody('role_changed', { company: COMPANY }), id, status: 'refused' } : { id, status: 'applied', txid: 1, rows: [row(4, 8)] }
  writes.wake()
  await become('refused waiting applied')
  await vi.waitFor(async () => expect(await tree(pg)).toEqual(['1: folder 1', '2: folder 2 in 1', '3: folder 3 in 2', '4: another']))
  expect(journal.entries[0]?.answer).toMatchObject({ code: 'role_changed', message: 'Your role in this company no longer allows this.' })
})

test('an edit that was in conflict before the company was left keeps nothing of the others either', async () => {
  answer = id => ({ ...answerBody('conflict', { theirs: { name: 'theirs' } }), id, status: 'refused' })
  await journal.edit({ ...edit('folder.rename', { id: folderId(1), name: 'mine' }, { base: { name: 'theirs before' } }), about: 'theirs before' })
  await become('conflict')
  await writes.ended(COMPANY)
  expect(JSON.stringify(journal.entries)).not.toContain('theirs')
  expect(states()).toBe('conflict')
})

test('of leads that were erased the journal keeps what their author still has to decide about, without a word of others', async () => {
  const [gone, there] = [crypto.randomUUID(), crypto.randomUUID()]
  const notes = async (id: string, text: string) => journal.edit({ ...edit('lead.set-notes', { id, notes: text }, { base: { notes: 'theirs before' } }), about: 'theirs' })
  await notes(gone, 'done of the erased')
  await notes(there, 'done of the other')
  for (const id of [gone, there]) await journal.edit({ ...edit('lead.merge', { ids: [id], merged_into: null }, { base: { merged_into: null } }), about: 'theirs' })
  await become('done done done done')
  answer = id => ({ ...answerBody('conflict', { theirs: { notes: 'theirs' } }), id, status: 'refused' })
  await notes(gone, 'mine')
  await become('done done done done conflict')
  const before = journal.entries
  await writes.erased(() => false, () => Promise.resolve(new Set()))
  expect(journal.entries, 'of a company that is not here nothing is known').toEqual(before)
  await writes.erased(() => true, (ids) => {
    expect(ids.toSorted(), 'also of an edit that names several').toEqual([gone, there].toSorted())
    return Promise.resolve(new Set([there]))
  })
  expect(journal.entries.map(({ mutation }) => mutation.input.notes ?? mutation.input.ids)).toEqual(['done of the other', [there], 'mine'])
  expect(JSON.stringify(journal.entries.filter(({ mutation }) => mutation.input.id === gone))).not.toContain('theirs')
})

test('what a kill has kept from ending ends when the list of memberships is there, and nothing of a company that is in it', async () => {
  await rename(4, 'done')
  await become('done')
  answer = id => ({ ...answerBody('conflict', { theirs: { name: 'theirs' } }), id, status: 'refused' })
  await journal.edit({ ...edit('folder.rename', { id: folderId(1), name: 'mine' }, { base: { name: 'theirs before' } }), about: 'theirs before' })
  await become('done conflict')
  offline()
  await rename(2, 'on its way')
  await writes.keepOf([COMPANY])
  expect(states()).toBe('done conflict waiting')
  expect(JSON.stringify(journal.entries)).toContain('theirs before')
  await writes.keepOf([])
  expect(states()).toBe('conflict waiting')
  expect(JSON.stringify(journal.entries)).not.toContain('theirs')
})

test('of a company that was left what is done goes, what was held up is refused, and what is on its way keeps every word until the server has answered', async () => {
  await rename(4, 'done')
  await become('done')
  answer = (id, name) => name === 'folder.create' ? { ...answerBody('parent_deleted'), id, status: 'refused' } : undefined
  await make('folder.create', { id: folderId(9), workspace_id: workspaceId(1), parent_id: null, name: 'new' })
  await become('done conflict')
  await make('folder.create', { id: folderId(10), workspace_id: workspaceId(1), parent_id: folderId(9), name: 'held' })
  await journal.edit({ ...edit('folder.rename', { id: folderId(1), name: 'under way' }, { base: { name: 'as sent' } }), about: 'x' })
  await vi.waitFor(() => expect(asked.filter(name => name === 'folder.rename').length).toBeGreaterThan(1))
  await writes.ended(COMPANY)
  expect(states()).toBe('conflict refused waiting')
  expect(journal.entries.map(({ answer: why }) => why?.code)).toEqual(['parent_deleted', 'membership_ended', undefined])
  expect(journal.entries[2]?.mutation.base).toEqual({ name: 'as sent' })
})

test('what a discarded edit held up is sent when that is gone', async () => {
  answer = id => ({ ...answerBody('conflict', { theirs: { name: 'x' } }), id, status: 'refused' })
  await rename(1, 'first')
  await become('conflict')
  await rename(1, 'second')
  await vi.waitFor(() => expect(journal.entries).toHaveLength(2))
  answer = id => ({ id, status: 'applied', txid: 1, rows: [] })
  const [first] = journal.entries
  await journal.remove([first?.mutation.id ?? ''])
  journal.say({ kind: 'removed', ids: [first?.mutation.id ?? ''] })
  await become('done')
})

test('an old word about an edit that is decided since does not have it sent again', async () => {
  await rename(1, 'mine')
  await become('done')
  const [entry] = journal.entries
  if (entry) journal.say({ kind: 'noted', entries: [{ ...entry, state: 'waiting' }] })
  await rename(2, 'another')
  await become('done done')
  expect(asked).toEqual(['folder.rename', 'folder.rename'])
})

test.each([['conflict', 'conflict'], ['deleted', 'conflict'], ['parent_deleted', 'conflict'], ['would_make_ring', 'conflict'], ['cannot_merge', 'conflict'], ['role_changed', 'refused'], ['not_found', 'refused'], ['unknown_mutation', 'refused'], ['mutation_too_old', 'refused']] as const)('the answer %s becomes %s', async (code, state) => {
  answer = id => ({ ...answerBody(code), id, status: 'refused' })
  await rename(1, 'mine')
  await become(state)
})

test('of a company that was left the edit keeps what the person typed, and nothing that others wrote', async () => {
  answer = id => ({ ...answerBody('membership_ended', { company: COMPANY }), id, status: 'refused' })
  await journal.edit({ ...edit('folder.rename', { id: folderId(1), name: 'mine' }, { base: { name: 'theirs' } }), about: 'theirs' })
  await become('refused')
  await vi.waitFor(() => expect(JSON.stringify(journal.entries)).not.toContain('theirs'))
  expect(JSON.stringify(journal.entries)).not.toContain('theirs')
  expect(JSON.stringify(journal.entries)).toContain('mine')
})

test('a leader that comes after a kill shows and sends what the one before it had', async () => {
  offline()
  await rename(1, 'mine')
  await shows('1: mine')
  await writes.stop()
  // As after an upgrade or a purge of the cache, the database knows nothing of it.
  await pg.transaction(tx => liftAll(tx))
  await rename(2, 'noted while nobody led')
  answer = id => ({ id, status: 'applied', txid: 1, rows: [row(1, 8)] })
  isHere = true
  writes = await start()
  await shows('1: mine')
  await become('applied applied')
})

test('edits of rows that are not held here are sent, and done with the answer', async () => {
  isHere = false
  await rename(1, 'mine')
  await become('done')
  expect(await tree(pg)).toContain('1: folder 1')
  expect(asked).toEqual(['folder.rename'])
})

test('an edit whose row came and went before it was here is waited for while things are live, and not for ever', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  answer = id => ({ id, status: 'applied', txid: 1, rows: [row(9, 1)] })
  isLive = false
  await make('folder.create', { id: folderId(9), workspace_id: workspaceId(1), parent_id: null, name: 'new' })
  await vi.waitFor(() => expect(states()).toBe('applied'))
  await vi.advanceTimersByTimeAsync(60_000)
  await writes.seen()
  expect(states()).toBe('applied')
  isLive = true
  await vi.advanceTimersByTimeAsync(20_000)
  await vi.waitFor(() => expect(states()).toBe('done'))
})

test('an edit that a tab began to note and never did goes off the screen again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const channel = journal.channel(new Clock())
  vi.spyOn(journal, 'edit')
  const { mutation, at } = edit('folder.rename', { id: folderId(1), name: 'never noted' })
  journal.say({ kind: 'adding', edits: [{ mutation, at, about: '' }] })
  await vi.waitFor(async () => expect(await tree(pg)).toContain('1: never noted'))
  await vi.advanceTimersByTimeAsync(11_000)
  await vi.waitFor(async () => expect(await tree(pg)).toContain('1: folder 1'))
  expect(asked).toEqual([])
  channel.close()
})

test('no leader sends while another one has the journal', async () => {
  let let2: () => void = () => {}
  await writes.stop()
  writes = await start({ lock: held => new Promise<void>((resolve) => { let2 = () => void held().then(resolve) }) })
  await rename(1, 'mine')
  await shows('1: mine')
  expect(asked).toEqual([])
  let2()
  await vi.waitFor(() => expect(asked).toEqual(['folder.rename']))
})
